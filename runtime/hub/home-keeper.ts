/** This hub's home: its papers in memory and on disk, and what an owner signs. One for each running hub. */

import type { HomeView, RevokedView } from "../core/admission.js";
import { asMindosError, MindosError } from "../core/errors.js";
import type { HubId } from "../core/ids.js";
import type { Certificate, RevocationReason, Role } from "../core/membership.js";
import type { Clock } from "../core/time.js";
import { type HomePapers, MEMBERSHIP_CRYPTO, makeHome, readHome, writeHome } from "../io/home/home-keys.js";
import type { Identity } from "../io/home/identity.js";
import { isSigned } from "../mesh/admission/chain.js";
import { Membership } from "../mesh/admission/membership.js";
import { TRUST_LIFE_MS } from "../mesh/admission/other-home.js";
import type { Saying } from "../mesh/admission/revocations.js";
import { ADMISSION_DEFAULTS, type AdmissionSettings } from "../mesh/admission/settings.js";
import { readCertificate, signCertificate, signRevocation, signTrust } from "../wire/certificate.js";
import { cleanText } from "../wire/text.js";
import { RevocationsKeeping } from "./revocations-keeping.js";

/** As a hub's. Unit: bytes. */
const NAME_BYTES_MAX = 120;

export interface HomeKeeperOptions {
  readonly dir: string;
  readonly identity: Pick<Identity, "hub" | "publicKey" | "sign">;
  readonly hubName: string;
  readonly clock: Clock;
  readonly settings?: AdmissionSettings;
  readonly onRepair?: (note: string) => void;
  readonly onProblem?: (error: MindosError) => void;
}

export class HomeKeeper {
  /** Why this hub stays out of its home though its papers hold. */
  outside: "cloned" | "revocationsUnreadable" | undefined;
  /** Why it is not known who is out: no link may open then. */
  unreadable: MindosError | undefined;
  readonly #revocations: RevocationsKeeping;
  readonly #options: HomeKeeperOptions;
  readonly #settings: AdmissionSettings;
  #papers: HomePapers | undefined;
  #membership: Membership | undefined;
  /** One write at a time, in order. */
  #written: Promise<void> = Promise.resolve();

  private constructor(options: HomeKeeperOptions) {
    this.#options = options;
    this.#settings = options.settings ?? ADMISSION_DEFAULTS;
    const { dir, onProblem, onRepair } = options;
    this.#revocations = new RevocationsKeeping({
      ...{ dir, revoked: () => this.#membership?.revoked() ?? [] },
      ...(onProblem === undefined ? {} : { onProblem }),
      ...(onRepair === undefined ? {} : { onRepair }),
    });
  }

  /** Revocations that cannot be read are no reason not to start: see `unreadable`. @throws MindosError HOME_INVALID */
  static async open(options: HomeKeeperOptions): Promise<HomeKeeper> {
    const keeper = new HomeKeeper(options);
    const papers = await readHome(options.dir, options.onRepair);
    if (papers === undefined) return keeper;
    keeper.#take(papers);
    const wallMs = options.clock.wallMs();
    const membership = keeper.#membership;
    try {
      await keeper.#revocations.load((bytes) => membership?.revoke(bytes, wallMs) ?? "known");
    } catch (error) {
      keeper.outside = "revocationsUnreadable";
      keeper.unreadable = asMindosError(error);
    }
    return keeper;
  }

  get membership(): Membership | undefined {
    return this.#membership;
  }

  get identity(): HomeKeeperOptions["identity"] {
    return this.#options.identity;
  }

  /** @throws MindosError HOME_MISSING */
  get papers(): HomePapers {
    if (this.#papers === undefined) throw new MindosError("HOME_MISSING", "this hub belongs to no home");
    return this.#papers;
  }

  /** @throws MindosError HOME_MISSING */
  requireMembership(): Membership {
    if (this.#membership === undefined) throw new MindosError("HOME_MISSING", "this hub belongs to no home");
    return this.#membership;
  }

  get hasHome(): boolean {
    return this.#papers !== undefined;
  }

  view(): HomeView | undefined {
    const [papers, membership] = [this.#papers, this.#membership];
    if (papers === undefined || membership === undefined) return undefined;
    const wallMs = this.#options.clock.wallMs();
    const problem = membership.ownProblem(wallMs) ?? this.outside;
    return {
      ...{ home: papers.home, name: papers.name, role: membership.own.role, root: papers.root !== undefined },
      expiresWallMs: membership.own.expiresWallMs,
      ...(problem === undefined && membership.isRenewalDue(membership.own, wallMs) ? { renewalDue: true } : {}),
      ...(problem === undefined ? {} : { problem }),
      revoked: membership.revokedHubs(),
    };
  }

  /** @throws MindosError HOME_EXISTS | DATA_DIR_UNUSABLE | DISK_FULL */
  async create(name: string): Promise<void> {
    this.requireNone();
    const { clock, hubName, identity } = this.#options;
    const made = { name: cleanText(name, NAME_BYTES_MAX), hubName: cleanText(hubName, NAME_BYTES_MAX) };
    await this.adopt(makeHome(identity, { ...made, wallMs: clock.wallMs(), lifeMs: this.#settings.ownerLifeMs }));
  }

  /** @throws MindosError HOME_EXISTS */
  requireNone(): void {
    if (this.#papers) throw new MindosError("HOME_EXISTS", `this hub belongs to the home "${this.#papers.name}"`);
  }

  /** A home that was made or joined: on disk when it resolves. */
  async adopt(papers: HomePapers): Promise<void> {
    await this.#write(() => writeHome(this.#options.dir, papers));
    this.#take(papers);
  }

  /** What the home is called from now on: on disk when it resolves. Without a home, or when it is called so already: nothing. */
  async rename(name: string): Promise<void> {
    if (this.#papers === undefined || this.#papers.name === name) return;
    this.#papers = { ...this.#papers, name };
    await this.#write(() => writeHome(this.#options.dir, this.papers));
  }

  /** @returns the serial of the next certificate, which is on disk before it is used.
   *  @throws MindosError HOME_MISSING | NOT_OWNER */
  async reserveSerial(role: Role): Promise<number> {
    const papers = this.requireOwner();
    if (role === "owner" && papers.root === undefined) {
      throw new MindosError("NOT_OWNER", "only the hub that made the home can invite an owner");
    }
    const serial = papers.serial + 1;
    this.#papers = { ...papers, serial };
    await this.#write(() => writeHome(this.#options.dir, this.papers));
    return serial;
  }

  /** @returns the chain of a new certificate. */
  issue(joiner: Pick<Certificate, "publicKey" | "name" | "role" | "serial">): readonly Uint8Array[] {
    const { home, root, chain } = this.papers;
    const issuedWallMs = this.#timeMs();
    const lifeMs = joiner.role === "owner" ? this.#settings.ownerLifeMs : this.#settings.memberLifeMs;
    const certificate = { ...joiner, home, issuedWallMs, expiresWallMs: issuedWallMs + lifeMs };
    if (root) return [signCertificate(certificate, (message) => root.sign(message))];
    return [signCertificate(certificate, (message) => this.identity.sign(message)), ...chain.slice(0, 1)];
  }

  /** For an owner that is asked to renew, or that sees a certificate nearing its end.
   *  @returns undefined when there is nothing to renew, or this hub may not. */
  renewalOf(hub: HubId, chain: readonly Uint8Array[]): readonly Uint8Array[] | undefined {
    const [membership, wallMs] = [this.#membership, this.#options.clock.wallMs()];
    if (membership === undefined || membership.own.role !== "owner" || membership.ownProblem(wallMs)) return undefined;
    const verdict = membership.check(hub, chain, wallMs);
    if (!verdict.ok || !membership.isRenewalDue(verdict.certificate, wallMs)) return undefined;
    if (verdict.certificate.role === "owner" && this.papers.root === undefined) return undefined;
    return this.issue(verdict.certificate);
  }

  /** That this home deals with another one; signed anew for each link. @throws MindosError as `revoke` */
  trust(otherRootKey: Uint8Array): Uint8Array {
    const { home, root, chain } = this.requireOwner();
    const issuedWallMs = this.#timeMs();
    const value = { home, otherRootKey, issuedWallMs, expiresWallMs: issuedWallMs + TRUST_LIFE_MS };
    if (root) return signTrust(value, (message) => root.sign(message));
    return signTrust({ ...value, issuer: chain[0] }, (message) => this.identity.sign(message));
  }

  /** The owner who signed this hub's certificate; undefined when the root did. */
  issuer(): HubId | undefined {
    const bytes = this.#papers?.chain[1];
    const read = bytes && readCertificate(bytes);
    return read !== undefined && isSigned<Certificate>(read)
      ? MEMBERSHIP_CRYPTO.hubIdOf(read.value.publicKey)
      : undefined;
  }

  /** A renewed chain of this hub's own. @returns whether it was taken. */
  async renew(chain: readonly Uint8Array[]): Promise<boolean> {
    if (this.#membership?.renewOwn(chain, this.#options.clock.wallMs()) !== true) return false;
    this.#papers = { ...this.papers, chain: this.#membership.chain };
    await this.#write(() => writeHome(this.#options.dir, this.papers));
    return true;
  }

  /** Revocations that the membership has taken: on disk when it resolves. @throws MindosError DATA_DIR_UNUSABLE | DISK_FULL */
  async saveRevocations(): Promise<void> {
    // What could not be read may be mended yet.
    if (this.hasHome && this.unreadable === undefined) await this.#revocations.save();
  }

  /** Waits for what is being written. */
  async close(): Promise<void> {
    await this.#written;
    await this.#revocations.close();
  }

  /** Counts here at once; to be told to others, and then to be saved: a full disk must keep nobody in.
   *  @returns the signed bytes, in the order to be told, and whom they put out. @throws MindosError as `AdmissionApi.revoke` */
  revoke(
    hub: HubId,
    reason: RevocationReason | undefined,
    letBack = false,
  ): Pick<RevokedView, "alsoRevoked" | "comeBack"> & { readonly bytes: readonly Uint8Array[] } {
    const { root } = this.requireOwner();
    if (hub === this.identity.hub)
      throw new MindosError("BAD_INPUT", "a hub does not put itself out: run this on another owner's hub");
    const membership = this.#membership as Membership;
    const wallMs = this.#timeMs();
    const saying: Saying = { hub, wallMs, ...(reason === undefined ? {} : { reason }) };
    const by = root === undefined ? { id: this.identity.hub, serial: membership.own.serial } : undefined;
    if (!membership.hasRoomFor([saying], by))
      throw new MindosError("REVOCATIONS_FULL", "as many revocations are kept as this hub may sign");
    // What a thief has signed in plenty must not keep the thief in.
    const onlyBy = membership.revokedOnlyBy(hub);
    const again = !letBack && membership.hasRoomFor([...onlyBy, saying], by) ? onlyBy : [];
    const bytes = [saying, ...again].map((one) => this.#sign(one));
    for (const one of bytes) membership.revoke(one, wallMs);
    const view = { alsoRevoked: again.map((other) => other.hub), bytes };
    const comeBack = onlyBy.map((other) => other.hub).filter((other) => !membership.isRevoked(other));
    return comeBack.length === 0 ? view : { ...view, comeBack };
  }

  #sign(saying: Saying): Uint8Array {
    const { home, root, chain } = this.papers;
    if (root) return signRevocation({ home, ...saying }, (message) => root.sign(message));
    return signRevocation({ home, ...saying, issuer: chain[0] }, (message) => this.identity.sign(message));
  }

  /** @throws MindosError HOME_MISSING | REVOCATIONS_INVALID | HUB_REVOKED | CERTIFICATE_EXPIRED | NOT_OWNER */
  requireOwner(): HomePapers {
    const papers = this.papers;
    if (this.unreadable !== undefined) throw this.unreadable;
    const problem = this.#membership?.ownProblem(this.#options.clock.wallMs());
    if (problem === "revoked") throw new MindosError("HUB_REVOKED", "this hub was put out of its home");
    if (problem !== undefined) throw new MindosError("CERTIFICATE_EXPIRED", `this hub's own certificate: ${problem}`);
    if (this.#membership?.own.role !== "owner") throw new MindosError("NOT_OWNER", "this hub is no owner");
    return papers;
  }

  #timeMs(): number {
    const wallMs = this.#options.clock.wallMs();
    return this.#membership?.timeOf(wallMs) ?? wallMs;
  }

  #take(papers: HomePapers): void {
    const own = papers.chain[0] && readCertificate(papers.chain[0]);
    const isOwn = own !== undefined && isSigned<Certificate>(own);
    if (!isOwn || MEMBERSHIP_CRYPTO.hubIdOf(own.value.publicKey) !== this.identity.hub) {
      throw new MindosError("HOME_INVALID", `home.json in ${this.#options.dir} is of another hub`);
    }
    try {
      this.#membership = new Membership(papers, MEMBERSHIP_CRYPTO, this.#settings);
    } catch (cause) {
      throw new MindosError("HOME_INVALID", `home.json in ${this.#options.dir} does not hold together`, { cause });
    }
    this.#papers = papers;
  }

  #write(write: () => Promise<void>): Promise<void> {
    const turn = this.#written.then(write);
    this.#written = turn.catch(() => undefined);
    return turn;
  }
}
