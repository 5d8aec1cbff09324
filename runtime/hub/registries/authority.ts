/** Who may write what into the home's registries: entries are signed, and carry the certificates of their writer. */
import { bytesEqual } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Certificate } from "../../core/membership.js";
import type { StateEntry } from "../../core/messages-state.js";
import { hubIdOfKey, type Identity, verifySignature } from "../../io/home/identity.js";
import type { Membership, PeerVerdict } from "../../mesh/admission/membership.js";
import { STATE_DEFAULTS } from "../../mesh/state/settings.js";
import { type EntryBody, type EntryHead, readEntry, signEntry } from "../../wire/registry-entry.js";

export interface AuthorityOptions {
  readonly identity: Pick<Identity, "hub" | "sign">;
  /** Undefined without a home: nothing is believed then. */
  readonly membership: () => Membership | undefined;
  readonly wallMs: () => number;
}

/** What an entry says, and whose certificates it carries. */
export interface OpenedEntry {
  readonly content: Uint8Array;
  readonly chain: readonly Uint8Array[];
  readonly certificate: Certificate;
  readonly hub: HubId;
}

type Verdict = OpenedEntry | { readonly problem: string };

/** What is wrong with what an entry says, as a counter's name. */
export type Misfit = (opened: OpenedEntry) => string | undefined;

const MALFORMED = { problem: "malformed" } as const;
const NO_HOME = { problem: "noHome" } as const;

export class EntryAuthority {
  readonly #options: AuthorityOptions;
  /** By the value that holds it, which the registry keeps: entries are looked at again and again. */
  readonly #bodies = new WeakMap<Uint8Array, EntryBody>();

  constructor(options: AuthorityOptions) {
    this.#options = options;
  }

  /** An entry that only the hub itself may write: its key is that hub's id. Read once, since nothing in a start of a whole home is done more often.
   *  @param misfit what is wrong with what it says. @returns undefined, or what is wrong, as a counter's name. */
  refusalOfOwn(entry: StateEntry, misfit: Misfit): string | undefined {
    return this.#refusal(entry, (fresh) => this.openOwn(fresh), misfit);
  }

  /** As `refusalOfOwn`, for an entry that an owner may write. `major` is when. */
  refusalOfOwners(entry: StateEntry, misfit: Misfit): string | undefined {
    return this.#refusal(entry, (fresh) => this.openOwners(fresh), misfit);
  }

  /** Written by a clock that ran ahead: this hub's own, which was put right since, because others' are not taken. A clock that is
   *  evidently behind itself tells nothing. */
  isOfTheFuture({ major }: StateEntry): boolean {
    const wallMs = this.#options.wallMs();
    const membership = this.#options.membership();
    return membership?.isClockBehind(wallMs) === false && major > wallMs + STATE_DEFAULTS.driftMaxMs;
  }

  /** What it says, unless its hub may not be here now. Its signature is not looked at. */
  openOwn(entry: StateEntry): Verdict {
    return this.#open(entry, (membership, { chain }) =>
      membership.check(entry.key as HubId, chain, this.#options.wallMs()),
    );
  }

  /** What it says, unless its hub was no owner when it wrote that. Its signature is not looked at. */
  openOwners(entry: StateEntry): Verdict {
    const opened = this.#open(entry, (membership, { chain }) => membership.checkAuthor(chain, entry.major));
    return "problem" in opened || opened.certificate.role === "owner" ? opened : { problem: "notAnOwner" };
  }

  /** The value of an entry by this hub. @throws MindosError BAD_INPUT when the content is too long. */
  sign(head: EntryHead, content: Uint8Array): Uint8Array {
    const { identity } = this.#options;
    return signEntry(head, { chain: this.chain, content }, (message) => identity.sign(message));
  }

  /** This hub's own certificates now; none without a home. */
  get chain(): readonly Uint8Array[] {
    return this.#options.membership()?.chain ?? [];
  }

  /** Whether an entry is by this hub, with the certificates that it has now. */
  isCurrent({ chain }: OpenedEntry): boolean {
    const [own, theirs] = [this.chain[0], chain[0]];
    return own !== undefined && theirs !== undefined && bytesEqual(own, theirs);
  }

  #open(entry: StateEntry, judge: (membership: Membership, body: EntryBody) => PeerVerdict): Verdict {
    const membership = this.#options.membership();
    if (membership === undefined) return NO_HOME;
    const body = this.#bodyOf(entry);
    if (body === undefined) return MALFORMED;
    const verdict = judge(membership, body);
    if (!verdict.ok) return { problem: verdict.problem.slice(ADMISSION.length) };
    const { certificate } = verdict;
    return { ...body, certificate, hub: hubIdOfKey(certificate.publicKey) };
  }

  /** The signature last: it costs the most. */
  #refusal(entry: StateEntry, open: (entry: StateEntry) => Verdict, misfit: Misfit): string | undefined {
    if (this.#options.membership() === undefined) return NO_HOME.problem;
    const read = readEntry(entry);
    if ("problem" in read) return MALFORMED.problem;
    this.#bodies.set(entry.value, read.value);
    const opened = open(entry);
    if ("problem" in opened) return opened.problem;
    const problem = misfit(opened);
    if (problem !== undefined) return problem;
    return verifySignature(opened.certificate.publicKey, read.toBeSigned, read.signature) ? undefined : "badSignature";
  }

  #bodyOf(entry: StateEntry): EntryBody | undefined {
    const known = this.#bodies.get(entry.value);
    if (known !== undefined) return known;
    const read = readEntry(entry);
    if ("problem" in read) return undefined;
    this.#bodies.set(entry.value, read.value);
    return read.value;
  }
}

/** What `Membership` puts before its problems; a registry's counter has its own. */
const ADMISSION = "mesh.admission.";
