/**
 * What the two ends of a link say first, and whether they go on (pure).
 *
 *     A ── HELLO(versions, id, epoch, boot, certificates) ─► B      the dialling end at once, the other when it knows A:
 *     A ◄── HELLO(…) ─────────────────────────────────────── B      believed → the neighbour is up; else the link is cut
 *
 * Who is at the other end the channel has proven (mutual TLS 1.3, or a sealed backbone session); HELLO must name the same
 * hub, and its certificates must say that the hub belongs to this home. Nothing else passes before.
 */
import type { HubId } from "../../core/ids.js";
import type { HubAddress } from "../../core/mesh.js";
import type { MessageOf } from "../../core/messages.js";

export const PROTOCOL_VERSION = 1;

export type Hello = MessageOf<"HELLO">;

/** Codes of ERROR that mean something on a link. Any other is the sender's invention, which no counter is named after. */
export const LINK_ERRORS: ReadonlySet<string> = new Set(["NOT_ADMITTED", "EPOCH_BEHIND", "CLONED", "UNKNOWN_ALIAS"]);

export interface Self {
  readonly hub: HubId;
  /** Which start of this hub it is. */
  readonly epoch: number;
  /** 8 random bytes of this start: two hubs that run with one identity differ in it. */
  readonly boot: Uint8Array;
  readonly name: string;
  /** Where others may dial this hub; read anew for each HELLO. */
  readonly addresses: readonly HubAddress[];
}

/** Admission, passed in: it knows certificates, revocations and the wall clock. */
export interface Gate {
  /** Own certificate first, then, where an owner signed it, the owner's. Empty: this hub has no home and nobody gets in. */
  chain(): readonly Uint8Array[];
  /** @returns undefined when the hub may be here, else the name of the counter. */
  check(peer: HubId, chain: readonly Uint8Array[]): string | undefined;
  /** Whether this start of that hub can be the hub that was met before.
   *  @param linked whether another link to it is up. */
  checkEpoch(peer: HubId, epoch: number, boot: Uint8Array, linked: boolean): EpochVerdict;
  /** @returns "new": to be passed on. */
  revoke(revocation: Uint8Array): "new" | "known" | RevocationRefusal;
  isRevoked(hub: HubId): boolean;
  /** Whether that hub's papers were seen to hold before, and it is not out since: it may hear who this one is before it says anything. */
  isMember(hub: HubId): boolean;
  /** The signed bytes of all that are known, at most `AdmissionSettings.revocationsMax`. */
  revocations(): readonly Uint8Array[];
  /** Those about one hub, in the order of authority. */
  revocationsAbout(hub: HubId): readonly Uint8Array[];
}

export interface RevocationRefusal {
  /** The name of the counter. */
  readonly problem: string;
  /** Nobody has signed it, and an honest hub would not have passed it on. */
  readonly isForged?: boolean;
}

/** behind: an old backup was restored, and others have met the hub at `epoch`; cloned: another hub runs with the same key. */
export type EpochVerdict =
  | { readonly type: "ok" }
  | { readonly type: "behind"; readonly epoch: number }
  | { readonly type: "cloned" };

export interface Refusal {
  readonly ok: false;
  /** The name of the counter. */
  readonly problem: string;
  /** What the other hub is told, where it can mend it. */
  readonly tell?: MessageOf<"ERROR">;
  /** Its papers hold: it is not a stranger. */
  readonly isMember?: true;
  /** Which of the two is the copy nobody can know: a link that is up ends too, and is told the same. */
  readonly both?: true;
}

export type HelloVerdict = { readonly ok: true } | Refusal;

const REVOKED_PROBLEM = "mesh.admission.revoked";
/** Of a hub that is out: the channel has proven who it is, so it need not say a word. */
export const REVOKED: Refusal = refused(REVOKED_PROBLEM, errorOf("NOT_ADMITTED", REVOKED_PROBLEM));

export function helloOf(self: Self, gate: Gate): Hello {
  return {
    type: "HELLO",
    versions: [PROTOCOL_VERSION],
    id: self.hub,
    epoch: self.epoch,
    boot: self.boot,
    name: self.name,
    chain: gate.chain(),
    addresses: self.addresses,
  };
}

/** @param peer whom the channel has proven to be at the other end.
 *  @param linked whether another link to it is up. */
export function judgeHello(hello: Hello, peer: HubId, linked: boolean, self: Self, gate: Gate): HelloVerdict {
  if (!hello.versions.includes(PROTOCOL_VERSION)) return refused("mesh.hello.version");
  if (hello.id !== peer) return refused("mesh.hello.notTheChannels");
  if (hello.id === self.hub) return refused("mesh.hello.self");
  const problem = gate.check(peer, hello.chain);
  if (problem !== undefined) return refused(problem, errorOf("NOT_ADMITTED", problem));
  const verdict = gate.checkEpoch(peer, hello.epoch, hello.boot, linked);
  if (verdict.type === "behind") {
    const tell = errorOf("EPOCH_BEHIND", `epoch ${verdict.epoch} was met before`);
    return { ...refused("mesh.hello.epochBehind", tell), isMember: true };
  }
  if (verdict.type === "cloned") {
    const tell = errorOf("CLONED", "another hub runs with this key");
    return { ...refused("mesh.hello.cloned", tell), isMember: true, both: true };
  }
  return { ok: true };
}

function refused(problem: string, tell?: MessageOf<"ERROR">): Refusal {
  return tell === undefined ? { ok: false, problem } : { ok: false, problem, tell };
}

function errorOf(code: string, detail: string): MessageOf<"ERROR"> {
  return { type: "ERROR", code, fault: "remote", detail };
}
