/** A home without keys or network, for the page: invitations open, hubs come, digits are compared. */
import type {
  AdmissionApi,
  HomeView,
  InvitationView,
  JoiningView,
  NamedHub,
  RevokedView,
} from "../../runtime/core/admission.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { HubId } from "../../runtime/core/ids.js";
import type { HomeId } from "../../runtime/core/membership.js";
import { qrRows } from "../../runtime/io/admission/qr.js";
import { hubIdOf } from "./fake-mesh.js";

export const DIGITS = "004711";
const URL_OF_IT = "mindos:join?a=192.168.1.20:41234&k=6Qm1n2vYb8sTq0c4d9LxZw&e=1767225600";

export class FakeAdmissionApi implements AdmissionApi {
  #home: HomeView | undefined;
  #invitation: InvitationView | undefined;
  #joining: JoiningView | undefined;

  /** @param home left out: the hub has none. */
  constructor(home?: Partial<HomeView>) {
    if (home) this.#home = homeOf("Rosenhof", home);
  }

  /** Somebody has used the invitation: digits are to be compared. */
  arrive(name: string): void {
    if (this.#invitation) {
      const joiner = { hub: hubIdOf(77), name, digits: DIGITS };
      this.#invitation = { ...this.#invitation, state: "compare", joiner };
    }
  }

  /** The person at the joining hub has said yes too. */
  grant(): void {
    if (this.#invitation) this.#invitation = { ...this.#invitation, state: "granted" };
  }

  /** The other person has answered too. */
  settle(state: "joined" | "refused"): void {
    if (this.#joining) this.#joining = { ...this.#joining, state };
  }

  home(): HomeView | undefined {
    return this.#home;
  }

  async createHome(name: string): Promise<HomeView> {
    if (this.#home) throw new MindosError("HOME_EXISTS", `this hub belongs to ${this.#home.name}`);
    this.#home = homeOf(name, { root: true });
    return this.#home;
  }

  async invite(role: "member" | "owner", minutes: number): Promise<InvitationView> {
    this.#invitation = {
      ...{ id: 1, state: "open", role, code: "harbour-violin-maple", url: URL_OF_IT, qr: qrRows(URL_OF_IT) },
      expiresWallMs: Date.now() + minutes * 60_000,
      attemptsLeft: 10,
    };
    return this.#invitation;
  }

  invitation(): InvitationView {
    if (!this.#invitation) throw new MindosError("INVITATION_UNKNOWN", "there is no invitation");
    return this.#invitation;
  }

  invitations(): readonly InvitationView[] {
    return this.#invitation ? [this.#invitation] : [];
  }

  async answerInvitation(_id: number, digits: string | undefined): Promise<InvitationView> {
    if (digits !== undefined && digits !== DIGITS) {
      this.#invitation = { ...this.invitation(), state: "over" };
      throw new MindosError("DIGITS_DIFFER", "the digits differ");
    }
    this.#invitation = { ...this.invitation(), state: digits === undefined ? "over" : "agreed" };
    return this.#invitation;
  }

  async beginJoining(invitation: string): Promise<JoiningView> {
    if (!/^[a-z]+-[a-z]+-[a-z]+$/.test(invitation)) throw new MindosError("CODE_INVALID", "these are not three words");
    this.#joining = { state: "compare", homeName: "Rosenhof", inviter: hubIdOf(78), digits: DIGITS };
    return this.#joining;
  }

  joining(): JoiningView | undefined {
    return this.#joining;
  }

  async answerJoining(digits: string | undefined): Promise<JoiningView> {
    if (!this.#joining) throw new MindosError("JOIN_UNKNOWN", "this hub is not joining a home");
    const answered: JoiningView = { ...this.#joining, state: digits === undefined ? "refused" : "waiting" };
    this.#joining = this.#joining.state === "refused" ? undefined : answered;
    return answered;
  }

  hubNamed(text: string): NamedHub {
    return { hub: text as HubId, revoked: this.#home?.revoked.includes(text as HubId) === true };
  }

  async revoke(text: string): Promise<RevokedView> {
    const { hub, revoked: before } = this.hubNamed(text);
    if (this.#home) this.#home = { ...this.#home, revoked: [...this.#home.revoked, hub] };
    return { hub, revoked: true, before, alsoRevoked: [] };
  }
}

function homeOf(name: string, changes: Partial<HomeView>): HomeView {
  return {
    ...{ home: "ab".repeat(16) as HomeId, name, role: "owner", root: false, revoked: [] },
    expiresWallMs: Date.now() + 300 * 86_400_000,
    ...changes,
  };
}
