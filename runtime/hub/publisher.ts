/**
 * What MQTT applications see: one retained topic per sensor and quantity, and one per detection kind.
 *     mindos/v1/sensors/<12 hex digits>/<quantity>[/<index>]   {"value":21.5,"unit":"Cel","wallMs":…,"rssiDbm":-60,"origin":"live","place":"cellar"}
 *     mindos/v1/detections                                      a Detection, not retained
 * Of other hubs' sensors only so many are retained (`RetainedShare`); the rest passes by.
 * Which hub owns a sensor never shows in a topic's name.
 */
import type { Detection } from "../core/detection.js";
import type { HubId } from "../core/ids.js";
import type { MessageOf } from "../core/messages.js";
import type { Counters } from "../core/ports.js";
import { unitOf } from "../core/quantity.js";
import type { Clock } from "../core/time.js";
import type { Broker } from "../io/broker/broker.js";
import { RetainedShare } from "./retained-share.js";

const SENSORS = "mindos/v1/sensors/";

export interface PublisherOptions {
  readonly broker: Pick<Broker, "publish" | "retainedTopics">;
  readonly counters: Counters;
  readonly clock: Pick<Clock, "nowMs">;
}

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #share: RetainedShare;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#share = new RetainedShare(options.broker.retainedTopics(SENSORS));
  }

  /** @param from the hub whose sensor it is; absent: this one. */
  reading({ sensor, readings, wallMs, rssiDbm, origin, place }: MessageOf<"READING">, from?: HubId): void {
    for (const { quantity, value, index, text } of readings) {
      const topic = `${SENSORS}${sensor.slice(4)}/${quantity}${index === 0 ? "" : `/${index}`}`;
      const unit = unitOf(quantity);
      const isRetained = this.#isRetained(topic, from);
      this.#publish(topic, JSON.stringify({ value, unit, text, wallMs, rssiDbm, origin, place }), isRetained);
    }
  }

  detection(detection: Detection): void {
    this.#publish("mindos/v1/detections", JSON.stringify(detection), false);
  }

  #isRetained(topic: string, from: HubId | undefined): boolean {
    const { clock, counters } = this.#options;
    if (from === undefined) {
      this.#share.release(topic);
      return true;
    }
    const place = this.#share.take(from, topic, clock.nowMs());
    if (place === false) counters.count("mqtt.notRetained");
    if (typeof place === "object") this.#publish(place.insteadOf, "", true);
    return place !== false;
  }

  #publish(topic: string, payload: string, retain: boolean): void {
    const { broker, counters } = this.#options;
    broker.publish(topic, payload, { retain, qos: 0 }).catch(() => counters.count("mqtt.publishFailed"));
  }
}
