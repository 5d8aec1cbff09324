/**
 * What MQTT applications see: one retained topic per sensor and quantity, and one per detection kind.
 *     mindos/v1/sensors/<12 hex digits>/<quantity>[/<index>]   {"value":21.5,"unit":"Cel","wallMs":…,"rssiDbm":-60,"origin":"live","place":"cellar"}
 *     mindos/v1/detections                                      a Detection, not retained
 * Which hub owns a sensor never shows in a topic's name.
 */
import type { Detection } from "../core/detection.js";
import type { MessageOf } from "../core/messages.js";
import type { Counters } from "../core/ports.js";
import { unitOf } from "../core/quantity.js";
import type { Broker } from "../io/broker.js";

export class Publisher {
  constructor(
    readonly broker: Pick<Broker, "publish">,
    readonly counters: Counters,
  ) {}

  reading({ sensor, readings, wallMs, rssiDbm, origin, place }: MessageOf<"READING">): void {
    for (const { quantity, value, index, text } of readings) {
      const topic = `mindos/v1/sensors/${sensor.slice(4)}/${quantity}${index === 0 ? "" : `/${index}`}`;
      const unit = unitOf(quantity);
      this.#publish(topic, { value, unit, text, wallMs, rssiDbm, origin, place }, true);
    }
  }

  detection(detection: Detection): void {
    this.#publish("mindos/v1/detections", detection, false);
  }

  #publish(topic: string, value: object, retain: boolean): void {
    this.broker
      .publish(topic, JSON.stringify(value), { retain, qos: 0 })
      .catch(() => this.counters.count("mqtt.publishFailed"));
  }
}
