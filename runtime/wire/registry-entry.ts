/** Entries of the home's registries ↔ signed bytes: PROTOCOL.md, Registries. Pure. */
import type { MemberBody } from "../core/home-registry.js";
import type { Signed } from "../core/membership.js";
import type { AdvertBody } from "../core/messages.js";
import type { StateEntry } from "../core/messages-state.js";
import { list, type RecordCodec, record } from "./codec.js";
import { COSE1_OVERHEAD_BYTES_MAX } from "./cose.js";
import { boundedBytes, label } from "./fields.js";
import { CERTIFICATE_BYTES_MAX, CHAIN_MAX, chain } from "./messages/admission.js";
import { HUB_NAME_BYTES_MAX } from "./messages/link.js";
import { advert } from "./messages/offers.js";
import { ADDRESSES_MAX, hubAddress } from "./messages/overlay.js";
import { STATE_VALUE_BYTES_MAX } from "./messages/state.js";
import type { FrameProblem } from "./problems.js";
import { encodeRecord, readRecord, readSignedRecord, type Sign, signRecord } from "./signed-record.js";

const PAYLOAD_BYTES_MAX = STATE_VALUE_BYTES_MAX - COSE1_OVERHEAD_BYTES_MAX;
/** What is left of a value beside two certificates with 4 bytes of head each, and 8 of the record around. */
export const CONTENT_BYTES_MAX = PAYLOAD_BYTES_MAX - CHAIN_MAX * (CERTIFICATE_BYTES_MAX + 4) - 8;
/** A name of the home, a hub or a room: 40 characters of any script. */
export const SETTING_BYTES_MAX = 120;

/** An entry's value, opened: who wrote it proves so by its certificates. */
export interface EntryBody {
  /** Own certificate first. */
  readonly chain: readonly Uint8Array[];
  /** Of the registry's own kind. */
  readonly content: Uint8Array;
}

/** Where an entry stands. The signature covers it, so that a value cannot be moved to another key or version. */
export type EntryHead = Omit<StateEntry, "value">;

export interface SettingBody {
  /** Absent: taken back. */
  readonly value?: string | undefined;
}

export const entryBody: RecordCodec<EntryBody> = record<EntryBody>({
  chain: { key: 1, codec: chain },
  content: { key: 2, codec: boundedBytes(0, CONTENT_BYTES_MAX) },
});

export const member: RecordCodec<MemberBody> = record<MemberBody>({
  name: { key: 1, codec: label(HUB_NAME_BYTES_MAX) },
  addresses: { key: 2, codec: list(hubAddress, ADDRESSES_MAX) },
});

export const setting: RecordCodec<SettingBody> = record<SettingBody>({
  value: { key: 1, codec: label(SETTING_BYTES_MAX), optional: true },
});

/** @returns the value of an entry. @throws MindosError BAD_INPUT */
export function signEntry(head: EntryHead, body: EntryBody, sign: Sign): Uint8Array {
  return signRecord(body, entryBody, labelOf(head), sign);
}

/** What its value says; whether the signature holds is the caller's to ask. Never throws. */
export function readEntry(entry: StateEntry): Signed<EntryBody> | FrameProblem {
  return readSignedRecord(entry.value, entryBody, labelOf(entry), PAYLOAD_BYTES_MAX);
}

/** One kind of content ↔ bytes. */
export interface ContentCodec<T> {
  /** @throws MindosError BAD_INPUT */
  encode(value: T): Uint8Array;
  /** Never throws. */
  read(bytes: Uint8Array): T | undefined;
}

export const memberContent = contentOf(member);
export const advertContent: ContentCodec<AdvertBody> = contentOf(advert);
export const settingContent = contentOf(setting);

function contentOf<T extends object>(codec: RecordCodec<T>): ContentCodec<T> {
  return {
    encode: (value) => encodeRecord(value, codec),
    read: (bytes) => {
      const read = readRecord(bytes, codec, CONTENT_BYTES_MAX);
      return "problem" in read ? undefined : read.value;
    },
  };
}

function labelOf({ registry, key, major, minor }: EntryHead): string {
  return `mindos-entry-v1 ${registry} ${key} ${major} ${minor}`;
}
