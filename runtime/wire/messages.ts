/**
 * Every message of the protocol, by name. Pure.
 * To specify a reserved one, or to add one: add its type to core/messages.ts, write its record in messages/, name it
 * here, describe it in PROTOCOL.md and give it vectors; the compiler and the tests fail until all of that is done.
 */
import type { Bodies, MessageOf, MessageType } from "../core/messages.js";
import type { RecordCodec } from "./codec.js";
import { admit, revoke } from "./messages/admission.js";
import { cancel, intent, result } from "./messages/asking.js";
import { gossip } from "./messages/broadcast.js";
import { lookup } from "./messages/directory.js";
import { echo } from "./messages/echo.js";
import { error, hello, ping } from "./messages/link.js";
import { members, probe } from "./messages/liveness.js";
import { note } from "./messages/notes.js";
import { advert, load } from "./messages/offers.js";
import { parcel } from "./messages/outbox.js";
import { neighbour } from "./messages/overlay.js";
import { route } from "./messages/routing.js";
import { detection, reading, readings } from "./messages/sensing.js";
import { signed } from "./messages/signed.js";
import { sync } from "./messages/state.js";

interface MessageEntry {
  /** Never reused. */
  readonly number: number;
  /** link: `[type, seq, body]` between the two ends of one link; routed: with addresses; either: both are valid. */
  readonly form: "link" | "routed" | "either";
  /** A control frame is at most 8 KiB. */
  readonly control: boolean;
}

type SpecifiedEntry<T extends MessageType> = MessageEntry & {
  readonly body: RecordCodec<Bodies[T]>;
};

const SPECIFIED = {
  HELLO: { number: 0, form: "link", control: true, body: hello },
  PING: { number: 1, form: "link", control: true, body: ping },
  MEMBERS: { number: 2, form: "link", control: true, body: members },
  GOSSIP: { number: 5, form: "link", control: false, body: gossip },
  SYNC: { number: 6, form: "either", control: false, body: sync },
  NEIGHBOUR: { number: 3, form: "link", control: true, body: neighbour },
  ROUTE: { number: 4, form: "link", control: true, body: route },
  ADVERT: { number: 7, form: "routed", control: true, body: advert },
  LOAD: { number: 8, form: "routed", control: true, body: load },
  READING: { number: 9, form: "routed", control: false, body: reading },
  INTENT: { number: 10, form: "routed", control: true, body: intent },
  RESULT: { number: 15, form: "routed", control: false, body: result },
  CANCEL: { number: 16, form: "routed", control: true, body: cancel },
  ERROR: { number: 20, form: "either", control: true, body: error },
  DETECTION: { number: 22, form: "routed", control: false, body: detection },
  LOOKUP: { number: 28, form: "link", control: true, body: lookup },
  PARCEL: { number: 30, form: "routed", control: false, body: parcel },
  PROBE: { number: 24, form: "either", control: true, body: probe },
  ECHO: { number: 26, form: "routed", control: true, body: echo },
  REVOKE: { number: 19, form: "either", control: true, body: revoke },
  ADMIT: { number: 32, form: "either", control: true, body: admit },
  SIGNED: { number: 34, form: "routed", control: false, body: signed },
  READINGS: { number: 36, form: "routed", control: false, body: readings },
  NOTE: { number: 38, form: "routed", control: false, body: note },
} as const satisfies { readonly [T in MessageType]: SpecifiedEntry<T> };

/** Known by name, refused as UNSUPPORTED until they are specified. */
const RESERVED = {
  BID: 11,
  AWARD: 12,
  CONTEXT: 13,
  PROGRESS: 14,
  COALITION: 17,
  RECEIPT: 18,
} as const satisfies Record<string, number>;

type Table = typeof SPECIFIED;
export type MessageName = MessageType | keyof typeof RESERVED;
type LinkName = { [N in MessageType]: Table[N]["form"] extends "routed" ? never : N }[MessageType];
type RoutedName = { [N in MessageType]: Table[N]["form"] extends "link" ? never : N }[MessageType];
export type LinkMessage = { [N in LinkName]: MessageOf<N> }[LinkName];
export type RoutedMessage = { [N in RoutedName]: MessageOf<N> }[RoutedName];

export interface SpecifiedMessage extends MessageEntry {
  readonly name: MessageType;
  /** The table keeps the types apart; whoever goes by number or name sees a body of any kind. */
  readonly body: RecordCodec<object>;
}

export interface ReservedMessage {
  readonly name: keyof typeof RESERVED;
  readonly number: number;
  readonly body?: undefined;
}

/** In the order of their numbers. */
export const MESSAGES: readonly (SpecifiedMessage | ReservedMessage)[] = [
  ...(Object.keys(SPECIFIED) as MessageType[]).map(specifiedMessage),
  ...Object.entries(RESERVED).map(([name, number]) => ({ name: name as keyof typeof RESERVED, number })),
].sort((a, b) => a.number - b.number);

const byNumber = new Map(MESSAGES.map((message) => [message.number, message]));
if (byNumber.size !== MESSAGES.length) throw new TypeError("two messages have one number");
const byName = new Map(MESSAGES.map((message) => [message.name, message]));

export function messageOfNumber(number: number): SpecifiedMessage | ReservedMessage | undefined {
  return byNumber.get(number);
}

/** @returns undefined for what is not specified, whatever the types say. */
export function messageOfName(name: MessageType): SpecifiedMessage | undefined {
  const message = byName.get(name);
  return message?.body === undefined ? undefined : message;
}

function specifiedMessage(name: MessageType): SpecifiedMessage {
  const { number, form, control, body } = SPECIFIED[name];
  return { name, number, form, control, body: body as unknown as RecordCodec<object> };
}
