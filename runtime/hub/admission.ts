/**
 * Inviting, joining and putting out, as the page and the command line use it. The listener for joiners exists only while
 * an invitation is open.
 */
import type { TLSSocket } from "node:tls";
import { parseHostPort } from "../config/address.js";
import {
  type AdmissionApi,
  type HomeView,
  type InvitationView,
  isWaiting,
  type JoiningView,
  type NamedHub,
  type RevokedView,
} from "../core/admission.js";
import { joinRefusal, sixDigits } from "../core/admission-words.js";
import { asMindosError, MindosError } from "../core/errors.js";
import { hubMeant, type Meaning } from "../core/hub-meant.js";
import type { HubId } from "../core/ids.js";
import type { RevocationReason, Role } from "../core/membership.js";
import type { HubAddress } from "../core/mesh.js";
import type { Counters } from "../core/ports.js";
import type { Clock, Rng } from "../core/time.js";
import { AdmissionConnection, dialInviter } from "../io/admission/connection.js";
import { type AdmissionListener, listenForJoiners } from "../io/admission/listener.js";
import { qrRows } from "../io/admission/qr.js";
import { CODE_WORDLIST } from "../io/admission/words.js";
import { MEMBERSHIP_CRYPTO } from "../io/home/home-keys.js";
import type { TlsIdentity } from "../io/tls/identity.js";
import { invitationUrl } from "../mesh/admission/invitation-code.js";
import { Invitations, type OpenInvitation } from "../mesh/admission/invitations.js";
import { InviterExchange } from "../mesh/admission/inviter.js";
import { JoinerExchange } from "../mesh/admission/joiner.js";
import { isHost } from "../wire/messages/overlay.js";
import { cleanText } from "../wire/text.js";
import type { HomeKeeper } from "./home-keeper.js";
import { reachable } from "./interfaces.js";
import { readInvitation } from "./typed-invitation.js";

const NAME_BYTES_MAX = 120;
/** Also whom this hub has never heard of; and for good, so it takes more digits than other commands. */
const PUT_OUT: Meaning = { digitsMin: 8, unknownIds: true };
/** How many finished invitations are still shown. */
const FINISHED_MAX = 8;
const MINUTE_MS = 60_000;
const GRANT_ADDRESSES_MAX = 4;
/** A short life keeps the code hard to guess and to find lying about. */
export const INVITATION_MINUTES_MAX = 60;

export interface HubAdmissionOptions {
  readonly keeper: HomeKeeper;
  readonly hubName: string;
  /** The hub's own setting `host`: where joiners are listened for. */
  readonly host: string;
  readonly clock: Clock;
  readonly rng: Rng;
  readonly counters: Counters;
  readonly tlsIdentity: () => Promise<TlsIdentity>;
  /** Hubs that a name or the first digits of an id may mean. */
  readonly knownHubs: () => readonly { readonly hub: HubId; readonly name: string }[];
  /** Revocations that this hub has just signed: to be spread, and links to those revoked to be cut. */
  readonly onRevoked: (revocations: readonly Uint8Array[]) => void;
  /** This hub has a home now. Resolves when links are open, where there are any. */
  readonly onHome: () => Promise<void>;
  /** How many invitations wait now. */
  readonly onInvitations?: (open: number) => void;
  /** Where other hubs of the home come in; none while no hub runs. */
  readonly addresses: () => readonly HubAddress[];
  readonly onProblem: (error: MindosError) => void;
  /** Looks for a hub nearby with an open invitation. */
  readonly findInviter?: () => Promise<{ readonly host: string; readonly port: number } | undefined>;
  /** Announces that an invitation is open at this port, or no more (undefined). */
  readonly announce?: (port: number | undefined) => void;
}

interface Inviting {
  readonly open: OpenInvitation;
  readonly serial: number;
  readonly expiresWallMs: number;
  readonly port: number;
  state: Exclude<InvitationView["state"], "agreed">;
  joiner?: NonNullable<InvitationView["joiner"]>;
  exchange?: { readonly machine: InviterExchange; readonly connection: AdmissionConnection };
}

interface Joining {
  /** Where the inviter was reached. */
  readonly host: string;
  readonly machine: JoinerExchange;
  readonly connection: AdmissionConnection;
  /** Writing the papers; `kept` once they are on disk. */
  keeping?: Promise<void>;
  kept: boolean;
}

export class HubAdmission implements AdmissionApi {
  readonly #options: HubAdmissionOptions;
  readonly #invitations = new Invitations(CODE_WORDLIST, MEMBERSHIP_CRYPTO);
  readonly #inviting = new Map<number, Inviting>();
  #listener: AdmissionListener | undefined;
  #expiry: NodeJS.Timeout | undefined;
  /** How many waited when that was told last. */
  #toldOpen = 0;
  #joining: Joining | undefined;

  constructor(options: HubAdmissionOptions) {
    this.#options = options;
  }

  home(): HomeView | undefined {
    const [view, addresses] = [this.#options.keeper.view(), this.#options.addresses()];
    return view === undefined || addresses.length === 0 ? view : { ...view, addresses };
  }

  async createHome(name: string): Promise<HomeView> {
    await this.#options.keeper.create(name);
    await this.#options.onHome();
    return this.home() as HomeView;
  }

  async invite(role: Role, minutes: number): Promise<InvitationView> {
    if (!(minutes > 0 && minutes <= INVITATION_MINUTES_MAX)) {
      throw new MindosError("BAD_INPUT", `an invitation lives for up to ${INVITATION_MINUTES_MAX} minutes`);
    }
    const { clock, keeper, rng } = this.#options;
    const serial = await keeper.reserveSerial(role);
    const port = await this.#listen();
    const open = this.#invitations.open(role, minutes * MINUTE_MS, clock.nowMs(), rng);
    if (open === undefined) throw new MindosError("INVITATIONS_FULL", "too many invitations are open");
    const expiresWallMs = clock.wallMs() + minutes * MINUTE_MS;
    this.#inviting.set(open.id, { open, serial, expiresWallMs, port, state: "open" });
    this.#forgetFinished();
    this.#settle();
    return this.invitation(open.id);
  }

  invitation(id = this.#waitingId()): InvitationView {
    const { open, port, joiner, expiresWallMs, ...inviting } = this.#find(id);
    const hub = this.#options.keeper.identity.hub;
    const url = invitationUrl({ code: open.code, hub, address: { host: reachable(this.#options.host), port } });
    const { attemptsLeft, code, role } = open;
    const state = inviting.state === "compare" && inviting.exchange?.machine.agreed ? "agreed" : inviting.state;
    // Drawing it costs a board some milliseconds, and a page asks again and again.
    const qr = state === "open" ? qrRows(url) : [];
    const view: InvitationView = { id: open.id, state, role, code, url, qr, expiresWallMs, attemptsLeft };
    return joiner === undefined ? view : { ...view, joiner };
  }

  invitations(): readonly InvitationView[] {
    return [...this.#inviting.keys()].map((id) => this.invitation(id));
  }

  async answerInvitation(id: number, digits: string | undefined): Promise<InvitationView> {
    const { exchange, state } = this.#find(id);
    if (digits === undefined) {
      if (exchange) exchange.connection.say(exchange.machine.decline());
      this.#invitations.close(id);
      this.#settle();
      return this.invitation(id);
    }
    if (state !== "compare" || exchange === undefined) {
      throw new MindosError("INVITATION_UNKNOWN", "no hub waits for its digits to be compared");
    }
    const typed = checkDigits(digits);
    const same = typed === exchange.machine.joiner?.digits;
    exchange.connection.say(exchange.machine.agree(typed));
    if (!same) throw new MindosError("DIGITS_DIFFER", "these are not the digits of this connection");
    return this.invitation(id);
  }

  async beginJoining(invitation: string, at: string | undefined): Promise<JoiningView> {
    const { clock, keeper, hubName, rng, findInviter } = this.#options;
    keeper.requireNone();
    const given = readInvitation(invitation, CODE_WORDLIST);
    const named = at === undefined ? undefined : parseHostPort(at);
    if (at !== undefined && named === undefined) throw new MindosError("BAD_INPUT", `"${at}" is no HOST:PORT`);
    const address = named ?? given.address ?? (await findInviter?.());
    if (address === undefined) throw new MindosError("INVITER_NOT_FOUND", "no hub nearby has an open invitation");
    const { socket, channel, channelKey } = await dialInviter(address.host, address.port);
    const { publicKey } = keeper.identity;
    const context = {
      ...{ code: given.code, publicKey, channel, channelKey, crypto: MEMBERSHIP_CRYPTO },
      ...(given.hub === undefined ? {} : { inviter: given.hub }),
      name: cleanText(hubName, NAME_BYTES_MAX),
      sign: (message: Uint8Array) => keeper.identity.sign(message),
    };
    const machine = new JoinerExchange(context, clock.nowMs(), rng);
    return this.#compare(socket, machine, address.host);
  }

  joining(): JoiningView | undefined {
    return this.#joining && this.#joiningView(this.#joining);
  }

  async answerJoining(digits: string | undefined): Promise<JoiningView> {
    const joining = this.#joining;
    if (joining !== undefined && digits === undefined && joining.machine.state !== "joined") {
      if (joining.machine.isOver) this.#joining = undefined;
      else joining.connection.say(joining.machine.decline());
      return this.#joiningView(joining);
    }
    if (joining?.machine.state !== "compare" || digits === undefined)
      throw new MindosError("JOIN_UNKNOWN", "this hub is not joining a home");
    const { machine, connection } = joining;
    const typed = checkDigits(digits);
    const same = typed === machine.offer?.digits;
    connection.say(machine.agree(typed, this.#options.clock.nowMs()));
    if (!same) throw new MindosError("DIGITS_DIFFER", "these are not the digits of this connection");
    return this.#joiningView(joining);
  }

  async revoke(hub: string, reason: RevocationReason | undefined, letBack = false): Promise<RevokedView> {
    const { keeper, onRevoked } = this.#options;
    keeper.requireOwner();
    const { revoked: before, putOutAlone: _, ...named } = this.hubNamed(hub);
    const { bytes, ...view } = keeper.revoke(named.hub, reason, letBack);
    onRevoked(bytes);
    await keeper.saveRevocations();
    return { ...named, revoked: true, before, ...view };
  }

  hubNamed(text: string): NamedHub {
    const { keeper, knownHubs } = this.#options;
    const known = knownHubs();
    const membership = keeper.requireMembership();
    // Who is out may have come back as a new hub under its old name.
    const namedAndIn = known.filter(({ hub, name }) => name === text && !membership.isRevoked(hub));
    const hub = hubMeant(text, namedAndIn.length > 0 ? namedAndIn : known, PUT_OUT);
    const name = known.find((one) => one.hub === hub)?.name;
    const alone = membership.revokedOnlyBy(hub).map((saying) => saying.hub);
    return {
      ...{ hub, revoked: membership.isRevoked(hub) },
      ...(name === undefined || name === "" ? {} : { name }),
      ...(alone.length === 0 ? {} : { putOutAlone: alone }),
    };
  }

  stop(): void {
    clearTimeout(this.#expiry);
    this.#joining?.connection.close();
    for (const { exchange } of this.#inviting.values()) exchange?.connection.close();
    this.#listener?.close();
    this.#listener = undefined;
  }

  /** Waits for the digits. */
  #compare(socket: TLSSocket, machine: JoinerExchange, host: string): Promise<JoiningView> {
    const { clock, rng } = this.#options;
    return new Promise((resolve, reject) => {
      const changed = (): void => {
        if (machine.state === "compare") resolve(this.#joiningView(joining));
        if (machine.state === "refused") reject(joinRefusal(machine.problem));
        if (machine.state === "joined") joining.keeping ??= this.#keep(joining);
      };
      const connection = new AdmissionConnection(socket, machine, { clock, rng, changed });
      const joining: Joining = { host, machine, connection, kept: false };
      this.#joining?.connection.close();
      this.#joining = joining;
      connection.say(machine.begin());
    });
  }

  async #keep(joining: Joining): Promise<void> {
    const { joined } = joining.machine;
    if (joined === undefined || this.#options.keeper.hasHome) return;
    const { addresses, chain, home, name, rootKey } = joined;
    const inviter = { hub: joined.inviter, addresses: addressesOf(addresses, joining.host) };
    try {
      await this.#options.keeper.adopt({ home, name, rootKey, chain, serial: 0, inviter });
      joining.kept = true;
      await this.#options.onHome();
    } catch (error) {
      this.#options.onProblem(asMindosError(error));
    }
  }

  #joiningView({ machine, kept }: Joining): JoiningView {
    const { offer, problem, state } = machine;
    const shown = { joined: kept ? "joined" : "waiting", grant: "waiting", refused: "refused" } as const;
    return {
      state: state === "offer" || state === "compare" ? "compare" : shown[state],
      homeName: offer?.homeName ?? "",
      inviter: offer?.inviter ?? ("" as HubId),
      digits: offer?.digits ?? "",
      ...(problem === undefined ? {} : { problem }),
    };
  }

  async #listen(): Promise<number> {
    const { announce, clock, counters, host, tlsIdentity } = this.#options;
    this.#listener ??= await listenForJoiners({
      ...{ host, tls: await tlsIdentity(), clock },
      count: (counter) => counters.count(counter),
      accept: (socket, channel) => this.#accept(socket, channel),
    });
    announce?.(this.#listener.port);
    return this.#listener.port;
  }

  /** @returns whether the other end has shown that it knows the code of an invitation. */
  #accept(socket: TLSSocket, channel: Uint8Array): () => boolean {
    const { clock, counters, keeper, rng } = this.#options;
    const { rootKey, name } = keeper.papers;
    const machine: InviterExchange = new InviterExchange(
      {
        ...{ invitations: this.#invitations, channel, crypto: MEMBERSHIP_CRYPTO, rootKey, homeName: name },
        publicKey: keeper.identity.publicKey,
        addresses: () => this.#options.addresses().slice(0, GRANT_ADDRESSES_MAX),
        isRevoked: (hub) => keeper.requireMembership().isRevoked(hub),
        issue: (joiner) => keeper.issue({ ...joiner, serial: this.#serialOf(machine) }),
        count: (counter) => counters.count(counter),
      },
      clock.nowMs(),
    );
    const connection: AdmissionConnection = new AdmissionConnection(socket, machine, {
      ...{ clock, rng },
      changed: () => this.#changed(machine, connection),
    });
    return () => machine.invitationId !== undefined;
  }

  #serialOf({ invitationId }: InviterExchange): number {
    return (invitationId === undefined ? undefined : this.#inviting.get(invitationId))?.serial ?? 0;
  }

  #changed(machine: InviterExchange, connection: AdmissionConnection): void {
    const inviting = machine.invitationId === undefined ? undefined : this.#inviting.get(machine.invitationId);
    if (inviting === undefined) return this.#settle();
    if (machine.state === "compare" && machine.joiner) {
      inviting.state = "compare";
      inviting.joiner = machine.joiner;
      inviting.exchange = { machine, connection };
    } else if (machine.state === "granted") inviting.state = "granted";
    else if (machine.state === "refused" && inviting.exchange?.machine === machine) {
      inviting.state = "open";
      delete inviting.exchange;
      delete inviting.joiner;
    }
    this.#settle();
  }

  /** Marks what is over, and closes the door when nothing is open any more. */
  #settle(): void {
    clearTimeout(this.#expiry);
    const { clock, announce } = this.#options;
    const nowMs = clock.nowMs();
    this.#invitations.expire(nowMs);
    for (const inviting of this.#inviting.values()) {
      const open = this.#invitations.get(inviting.open.id) !== undefined;
      if (!open && inviting.state !== "granted") inviting.state = "over";
    }
    const open = [...this.#inviting.values()].filter(isWaiting).length;
    if (open !== this.#toldOpen) this.#options.onInvitations?.(open);
    this.#toldOpen = open;
    if (this.#invitations.size > 0) {
      this.#expiry = setTimeout(() => this.#settle(), Math.max(1, this.#invitations.deadlineMs - nowMs));
      this.#expiry.unref();
    } else if (this.#listener) {
      this.#listener.close();
      this.#listener = undefined;
      announce?.(undefined);
    }
  }

  #forgetFinished(): void {
    for (const [id, inviting] of this.#inviting) {
      if (this.#inviting.size <= FINISHED_MAX) return;
      if (!isWaiting(inviting)) this.#inviting.delete(id);
    }
  }

  #waitingId(): number | undefined {
    const newestFirst = [...this.#inviting.values()].reverse();
    return (newestFirst.find(({ state }) => state === "compare") ?? newestFirst[0])?.open.id;
  }

  #find(id: number | undefined): Inviting {
    const inviting = id === undefined ? undefined : this.#inviting.get(id);
    if (inviting === undefined)
      throw new MindosError("INVITATION_UNKNOWN", `there is no invitation ${id ?? ""}`.trim());
    return inviting;
  }
}

/** A digit too few is a slip, not a difference: it must not cost the invitation.
 *  @throws MindosError DIGITS_INVALID */
function checkDigits(typed: string): string {
  const digits = sixDigits(typed);
  if (digits === undefined) throw new MindosError("DIGITS_INVALID", "these are not six digits");
  return digits;
}

/** First where it has just been reached: what it knows of its own addresses may hold only on its side of a router. */
function addressesOf(told: readonly HubAddress[], host: string): HubAddress[] {
  const [first] = told;
  const others = told.filter((address) => address.host !== host);
  const reached = first === undefined || !isHost(host) ? [] : [{ host, port: first.port }];
  return [...reached, ...others].slice(0, GRANT_ADDRESSES_MAX);
}
