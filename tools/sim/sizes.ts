/** What frames take on a link, as the wire room says. */
import { frameBytes } from "../../runtime/wire/frame-size.js";
import type { FrameSizes } from "./engine/traffic.js";

/** Of nearly all sequence numbers of a link, which go from 0 to 255: those from 24 on. MQTT 5, array, type, number. */
const PING_BYTES = 9;
const PING_ANSWER_BYTES = 13;

export const WIRE_SIZES: FrameSizes = {
  ofLink(message) {
    if (message.type === "PING" && message.late === undefined)
      return message.ackOf === undefined ? PING_BYTES : PING_ANSWER_BYTES;
    return frameBytes({ seq: 0, message });
  },
  ofRouted: (frame) => frameBytes(frame),
};
