/**
 * What a hub offers to the page and the command line around its home. As routes of the local API (core/status.ts):
 *   GET  /api/home               → HomeView | null
 *   POST /api/home/create {name} → HomeView
 *   POST /api/invitation/open {role, minutes} → InvitationView;  GET /api/invitation[?id=1] → InvitationView
 *   GET  /api/invitations                     → InvitationView[]
 *   POST /api/invitation/answer {id, digits}  → InvitationView; without digits it is cancelled
 *   POST /api/joining/begin {invitation, at?} → JoiningView;     GET /api/joining → JoiningView | null
 *   POST /api/joining/answer {digits}         → JoiningView; without digits it is declined or, once refused, forgotten
 *   GET  /api/hub?name=attic                  → NamedHub
 *   POST /api/revoke {hub, reason?}           → RevokedView
 */
import type { HubId } from "./ids.js";
import type { HomeId, RevocationReason, Role } from "./membership.js";
import type { HubAddress } from "./mesh.js";

export interface HomeView {
  readonly home: HomeId;
  readonly name: string;
  /** Of this hub. */
  readonly role: Role;
  /** This hub has the root's key: it alone makes owners, and puts them out. */
  readonly root: boolean;
  readonly expiresWallMs: number;
  /** It nears its end, and an owner's hub is asked to renew it. */
  readonly renewalDue?: boolean;
  /** Why this hub is out of its home: its certificate ("expired", "revoked", …), "cloned", or "revocationsUnreadable". */
  readonly problem?: string;
  readonly revoked: readonly HubId[];
  /** Where other hubs of the home come in; absent while this hub does not run. */
  readonly addresses?: readonly HubAddress[];
}

export interface InvitationView {
  readonly id: number;
  /** open: waits for a hub; compare: one has come, and its digits are to be typed here; agreed: they were right, and the person
   *  there has not said yes yet. */
  readonly state: "open" | "compare" | "agreed" | "granted" | "over";
  readonly role: Role;
  readonly code: string;
  /** "mindos:join?…", also as a QR code: rows of "1" (dark) and "0", while a hub may come. */
  readonly url: string;
  readonly qr: readonly string[];
  readonly expiresWallMs: number;
  /** Wrong codes, and exchanges that broke off, before the invitation is void. */
  readonly attemptsLeft: number;
  readonly joiner?: { readonly hub: HubId; readonly name: string; readonly digits: string };
}

/** Whether it may still let a hub in. */
export function isWaiting({ state }: Pick<InvitationView, "state">): boolean {
  return state !== "granted" && state !== "over";
}

export interface JoiningView {
  /** waiting: the person here has agreed, the one there has not yet. */
  readonly state: "compare" | "waiting" | "joined" | "refused";
  readonly homeName: string;
  readonly inviter: HubId;
  readonly digits: string;
  /** "declined", "tooLate", …: core/admission-words.ts has the words. */
  readonly problem?: string;
}

/** Whom a name or the digits of an id mean. */
export interface NamedHub {
  readonly hub: HubId;
  /** Absent of a hub that is known by its id alone. */
  readonly name?: string;
  /** Put out of the home. */
  readonly revoked: boolean;
  /** Whom it alone has put out; absent: nobody. */
  readonly putOutAlone?: readonly HubId[];
}

export interface RevokedView extends NamedHub {
  /** It was out before: nothing has changed, unless for another reason. */
  readonly before: boolean;
  /** Whom an owner that is put out had put out: said again, so that they stay out. */
  readonly alsoRevoked: readonly HubId[];
  /** Those of them that were to be let back, or for which there is no room any more: they are in again, unless they are put out one by one. */
  readonly comeBack?: readonly HubId[];
}

export interface AdmissionApi {
  home(): HomeView | undefined;
  /** @throws MindosError HOME_EXISTS | DATA_DIR_UNUSABLE | DISK_FULL */
  createHome(name: string): Promise<HomeView>;
  /** @throws MindosError HOME_MISSING | NOT_OWNER | INVITATIONS_FULL | ADDRESS_UNAVAILABLE */
  invite(role: Role, minutes: number): Promise<InvitationView>;
  /** @param id absent: the one whose digits wait to be compared, else the newest. @throws MindosError INVITATION_UNKNOWN */
  invitation(id?: number): InvitationView;
  /** Those that wait, and the last few that are finished: a page that was loaded anew goes on with them. Oldest first. */
  invitations(): readonly InvitationView[];
  /** @param digits as the joining hub shows them; undefined cancels the invitation.
   *  @throws MindosError INVITATION_UNKNOWN | DIGITS_INVALID (not six: nothing has happened) | DIGITS_DIFFER (the invitation is void) */
  answerInvitation(id: number, digits: string | undefined): Promise<InvitationView>;
  /** Resolves when there are digits to compare.
   *  @param invitation words or address. @param at "host:port" of the inviter, for words.
   *  @throws MindosError HOME_EXISTS | CODE_INVALID | INVITER_NOT_FOUND | JOIN_REFUSED | HUB_REVOKED */
  beginJoining(invitation: string, at: string | undefined): Promise<JoiningView>;
  joining(): JoiningView | undefined;
  /** @param digits as both hubs have them; undefined declines, at any time before the end, and forgets what was refused.
   *  @throws MindosError JOIN_UNKNOWN | DIGITS_INVALID (not six: nothing has happened) | DIGITS_DIFFER (it is over) */
  answerJoining(digits: string | undefined): Promise<JoiningView>;
  /** @param hub a name, an id or at least its first eight digits. @throws MindosError HUB_UNKNOWN | HOME_MISSING */
  hubNamed(hub: string): NamedHub;
  /** A hub that is out already may be put out for a graver reason; for any other nothing changes.
   *  @param hub as `hubNamed` takes it. @param letBack those that it alone has put out are in again: a thief may have done that with its key.
   *  What is said again instead cannot be taken back.
   *  @throws MindosError BAD_INPUT | HUB_UNKNOWN | HOME_MISSING | NOT_OWNER | HUB_REVOKED | REVOCATIONS_FULL | REVOCATIONS_INVALID; DISK_FULL |
   *  DATA_DIR_UNUSABLE when it counts and is told, and could not be written yet */
  revoke(hub: string, reason: RevocationReason | undefined, letBack?: boolean): Promise<RevokedView>;
}
