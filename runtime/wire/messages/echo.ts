/** ECHO: a ping along the routes. Pure. */
import type { EchoBody } from "../../core/messages-echo.js";
import { HOPS_MAX } from "../../core/routed.js";
import { record } from "../codec.js";
import { integer, uint32 } from "../fields.js";

export const echo = record<EchoBody>({
  nonce: { key: 1, codec: uint32 },
  hops: { key: 2, codec: integer(0, HOPS_MAX), optional: true },
});
