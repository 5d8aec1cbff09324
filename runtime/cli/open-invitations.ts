/** `mindos invite --list` and `--cancel`: the invitations that wait, wherever they were opened. */
import { type InvitationView, isWaiting } from "../core/admission.js";
import { sixDigits } from "../core/admission-words.js";
import { MindosError } from "../core/errors.js";
import type { AdmissionDoor } from "./admission-door.js";
import { plain } from "./format.js";
import { renderTable } from "./table.js";

const STATE_WORDS = {
  open: "waits for a hub",
  compare: "its digits are to be typed here",
  agreed: "waits for a yes at the new hub",
  granted: "used",
  over: "over",
} as const satisfies Record<InvitationView["state"], string>;

export async function openInvitations(door: AdmissionDoor): Promise<readonly InvitationView[]> {
  return (await door.invitations()).filter(isWaiting);
}

export function describeInvitations(views: readonly InvitationView[], columns: number): string {
  if (views.length === 0) return "No invitation is open. `mindos invite` opens one.\n";
  const rows = views.map(({ id, code, role, state, joiner, expiresWallMs }) => [
    String(id),
    code,
    role,
    untilOf(expiresWallMs),
    joiner === undefined ? STATE_WORDS[state] : `${plain(joiner.name)}: ${STATE_WORDS[state]}`,
  ]);
  const titles = [
    { title: "ID", align: "right" as const },
    ...["CODE", "ROLE", "UNTIL"].map((title) => ({ title })),
    { title: "STATE", flexible: true },
  ];
  return `${renderTable(titles, rows, columns).join("\n")}\n`;
}

/** @param which an id as `--list` shows it, or "all". @returns those that were taken back.
 *  @throws MindosError BAD_USAGE | INVITATION_UNKNOWN */
export async function cancelInvitations(door: AdmissionDoor, which: string): Promise<readonly InvitationView[]> {
  if (which !== "all" && !/^[1-9]\d{0,8}$/.test(which))
    throw new MindosError("BAD_USAGE", `"${which}" is no id of an invitation, as mindos invite --list shows them`);
  const open = await openInvitations(door);
  const meant = which === "all" ? open : open.filter(({ id }) => id === Number(which));
  if (meant.length === 0 && which !== "all")
    throw new MindosError("INVITATION_UNKNOWN", `no invitation ${which} is open`);
  return Promise.all(meant.map(({ id }) => door.answerInvitation(id, undefined)));
}

/** Of several hubs that wait for their digits the one that shows these: wrong digits end an invitation.
 *  @returns its id; with no such hub, of the one that the hub itself takes for meant. */
export async function invitationMeant(door: AdmissionDoor, digits: string): Promise<number> {
  const typed = sixDigits(digits);
  const waiting = (await openInvitations(door)).filter(({ state }) => state === "compare");
  const shown = waiting.find(({ joiner }) => typed !== undefined && joiner?.digits === typed);
  return (shown ?? (await door.invitation())).id;
}

/** "14:05" */
export function untilOf(expiresWallMs: number): string {
  return new Date(expiresWallMs).toTimeString().slice(0, 5);
}
