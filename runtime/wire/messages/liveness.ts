/** Who lives: MEMBERS and PROBE. Pure. */
import type { MemberState } from "../../core/mesh.js";
import {
  MEMBER_OBSERVERS_MAX,
  MEMBER_PROOF_BYTES,
  MEMBER_UPDATES_MAX,
  type MembersBody,
  type MemberUpdate,
  type ProbeBody,
  type ProbeVerdict,
} from "../../core/messages-liveness.js";
import { list, record } from "../codec.js";
import { byteString, hubId, registered, uint32 } from "../fields.js";

const NOBODY: readonly never[] = Object.freeze([]);

export const memberUpdate = record<MemberUpdate>({
  hub: { key: 1, codec: hubId },
  state: { key: 2, codec: registered<MemberState>("state", { alive: 0, suspect: 1, dead: 2, left: 3 }) },
  epoch: { key: 3, codec: uint32 },
  incarnation: { key: 5, codec: uint32, whenAbsent: { value: 0, is: (incarnation) => incarnation === 0 } },
  observers: {
    key: 7,
    codec: list(hubId, MEMBER_OBSERVERS_MAX),
    whenAbsent: { value: NOBODY, is: (observers) => observers.length === 0 },
  },
  proof: { key: 9, codec: byteString(MEMBER_PROOF_BYTES), optional: true },
});

export const members = record<MembersBody>({
  updates: { key: 1, codec: list(memberUpdate, MEMBER_UPDATES_MAX, 1) },
});

export const probe = record<ProbeBody>({
  subject: { key: 1, codec: hubId },
  verdict: { key: 3, codec: registered<ProbeVerdict>("verdict", { silent: 0, alive: 1 }), optional: true },
  to: { key: 5, codec: hubId, optional: true },
  by: { key: 7, codec: hubId, optional: true },
});
