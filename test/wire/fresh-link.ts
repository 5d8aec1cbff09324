/** Frames as the first on a link of their own: every hub in them is bound in the frame itself. */
import type { HubId } from "../../runtime/core/ids.js";
import type { Locator } from "../../runtime/core/mesh.js";
import { HeardAliases, SentAliases } from "../../runtime/wire/aliases.js";
import { decodeLinkFrame, decodePayload, encodeLinkFrame, isProblem, isRouted } from "../../runtime/wire/frame.js";
import { LinkCodec } from "../../runtime/wire/link-codec.js";
import type { LinkMessage, RoutedMessage } from "../../runtime/wire/messages.js";
import type { FrameProblem } from "../../runtime/wire/problems.js";

export type Frame = (
  | { readonly form: "link"; readonly seq: number; readonly message: LinkMessage }
  | {
      readonly form: "routed";
      readonly src: HubId;
      readonly srcEpoch: number;
      readonly dst: HubId;
      readonly locator?: Locator;
      readonly hops: number;
      readonly seq: number;
      readonly message: RoutedMessage;
    }
) & { readonly ignored?: number };

export function encodeFrame(frame: Frame): Uint8Array {
  if (frame.form === "link") return encodeLinkFrame(frame.seq, frame.message, new SentAliases());
  const { form: _form, ignored: _ignored, message, ...header } = frame;
  return new LinkCodec().encode({ ...header, payload: message });
}

/** Read to the end, as the hub does that the frame is for. */
export function decodeFrame(bytes: Uint8Array): Frame | FrameProblem {
  if (!isRouted(bytes)) {
    const read = decodeLinkFrame(bytes, new HeardAliases());
    return isProblem(read) ? read : ({ form: "link", ...read } as Frame);
  }
  const heard = new LinkCodec().decode(bytes);
  if ("problem" in heard) return { problem: heard.problem, detail: heard.detail };
  if (heard.form === "link") throw new Error("a routed frame was read as a link frame");
  const { payload, locator, ...header } = heard.frame;
  const read = decodePayload(payload);
  if (isProblem(read)) return read;
  return { form: "routed", ...header, ...(locator && { locator }), ...read } as Frame;
}
