/** `mindos invite`: lets one more hub into the home. */
import type { InvitationView } from "../../core/admission.js";
import { sixDigits } from "../../core/admission-words.js";
import { MindosError } from "../../core/errors.js";
import { shortId } from "../../core/ids.js";
import { counted } from "../../core/mesh-words.js";
import {
  ADMISSION_OPTIONS,
  type AdmissionDoor,
  HUB_NAME_OPTION,
  LISTEN_OPTIONS,
  withAdmission,
} from "../admission-door.js";
import { type CommandContext, defineCommand } from "../command.js";
import { plain } from "../format.js";
import {
  cancelInvitations,
  describeInvitations,
  invitationMeant,
  openInvitations,
  untilOf,
} from "../open-invitations.js";
import { askWhile, pause } from "../prompt.js";
import { qrLines } from "../qr-lines.js";

/** A person does not notice; a hub hardly either. Unit: ms. */
const POLL_MS = 300;

export const command = defineCommand({
  name: "invite",
  summary: "Let one more hub into the home.",
  options: {
    owner: { type: "flag", description: "The new hub may invite and revoke too. Only the hub that made the home can." },
    minutes: {
      type: "number",
      value: "N",
      min: 1,
      max: 60,
      whole: true,
      default: 10,
      description: "How long it may be used.",
    },
    confirm: {
      type: "text",
      value: "DIGITS",
      description: "Answers the hub that waits for its digits to be compared, instead of inviting.",
    },
    list: {
      type: "flag",
      description: "Shows the invitations that are open, those of the page too, instead of inviting.",
    },
    cancel: {
      type: "text",
      value: "ID",
      description: "Takes an open invitation back, by the id that --list shows, or all.",
    },
    ...ADMISSION_OPTIONS,
    name: HUB_NAME_OPTION,
    ...LISTEN_OPTIONS,
  },
  positionals: [],
  examples: [
    { line: "mindos invite", does: "Three words and a QR code, for one hub and ten minutes." },
    { line: "mindos invite --confirm 004711", does: "From another terminal: the digits that the new hub shows." },
    { line: "mindos invite --cancel all", does: "Takes back what was opened here or on the page, and not used." },
    { line: "mindos invite --json", does: "One line for each step; the digits are read from standard input." },
  ],
  async run({ options, ...context }) {
    requireOneAction(options);
    const stop = context.stopping();
    return withAdmission({ ...options, command: "mindos invite" }, context, async (door) => {
      if (options.list) return list(door, context);
      if (options.cancel !== undefined) return cancel(door, options.cancel, context);
      if (options.confirm !== undefined) return confirm(door, options.confirm, context);
      const invitation = await door.invite(options.owner ? "owner" : "member", options.minutes);
      context.out.write(
        context.json
          ? `${JSON.stringify({ event: "invitation-open", ...invitation })}\n`
          : describeInvitation(invitation, context.out.isTerminal, context.out.color),
      );
      return accompany(door, invitation, context, stop);
    });
  },
});

type Context = Pick<CommandContext, "json" | "out">;

/** Each is asked for instead of inviting: of two, one would be left undone without a word. @throws MindosError BAD_USAGE */
function requireOneAction({ cancel, confirm, list }: Actions): void {
  const given = [
    ...(list ? ["--list"] : []),
    ...(cancel === undefined ? [] : ["--cancel"]),
    ...(confirm === undefined ? [] : ["--confirm"]),
  ];
  if (given.length > 1)
    throw new MindosError("BAD_USAGE", `${given.join(" and ")} cannot be given together: give one at a time`);
}

interface Actions {
  readonly list: boolean;
  readonly cancel: string | undefined;
  readonly confirm: string | undefined;
}

async function list(door: AdmissionDoor, { json, out }: Context): Promise<number> {
  const open = await openInvitations(door);
  out.write(
    json ? `${JSON.stringify(open.map(({ qr: _, ...view }) => view))}\n` : describeInvitations(open, out.tableColumns),
  );
  return 0;
}

async function cancel(door: AdmissionDoor, which: string, context: Context): Promise<number> {
  const ended = await cancelInvitations(door, which);
  for (const view of ended) {
    // Its joiner may have been let in while it was taken back.
    if (view.state === "granted") granted(context, view);
    else show(context, view, () => `The invitation ${plain(view.code)} is taken back.\n`);
  }
  if (ended.length === 0 && !context.json) context.out.write("No invitation is open.\n");
  return 0;
}

async function confirm(door: AdmissionDoor, digits: string, context: Context): Promise<number> {
  if (sixDigits(digits) === undefined) throw new MindosError("DIGITS_INVALID", "these are not six digits");
  const answered = await door.answerInvitation(await invitationMeant(door, digits), digits);
  show(context, answered, () => "The digits are right. Say yes at the new hub too.\n");
  return 0;
}

/** From the first word of a joiner to the end of the invitation. */
async function accompany(
  door: AdmissionDoor,
  begun: InvitationView,
  context: Context,
  stop: AbortSignal,
): Promise<number> {
  let shown = begun;
  while (!stop.aborted) {
    const now = await door.invitation(begun.id);
    // Each costs the invitation a try, so there are few of them.
    if (now.attemptsLeft < shown.attemptsLeft) showStep(context, "invitation-attempt", now, () => describeAttempt(now));
    if (now.state === "granted") return granted(context, now);
    if (now.state === "over") throw new MindosError("INVITATION_UNKNOWN", describeEnd(now));
    if (now.state === "compare" && shown.state === "open") {
      show(context, now, () => describeJoiner(now));
      await answer(door, now, context, stop);
    }
    shown = now;
    await pause(POLL_MS, stop);
  }
  const ended = await door.answerInvitation(begun.id, undefined);
  if (ended.state === "granted") return granted(context, ended);
  show(context, ended, () => "The invitation is taken back.\n");
  return 0;
}

function granted(context: Context, view: InvitationView): number {
  show(context, view, () => `${plain(view.joiner?.name ?? "")} is in the home now.\n`);
  return 0;
}

/** Reads the digits, unless they are given elsewhere meanwhile: on the page, or by --confirm. */
async function answer(door: AdmissionDoor, { id }: InvitationView, context: Context, stop: AbortSignal): Promise<void> {
  const isAnswer = (line: string): boolean => {
    const fits = sixDigits(line) !== undefined;
    if (!fits && !context.json) context.out.write("These are not six digits. Type them again:\n");
    return fits;
  };
  const isOpen = async (): Promise<boolean> => (await door.invitation(id)).state === "compare";
  const digits = await askWhile(isOpen, isAnswer, stop);
  if (digits === undefined || stop.aborted) return;
  await door.answerInvitation(id, digits);
  if (!context.json) context.out.write("The digits are right. Say yes at the new hub too.\n");
}

function show(context: Context, view: InvitationView, describe: () => string): void {
  showStep(context, `invitation-${view.state}`, view, describe);
}

/** A program has drawn the QR code, if it wants one, when the invitation was opened. */
function showStep(
  { json, out }: Context,
  event: string,
  { qr: _, ...view }: InvitationView,
  describe: () => string,
): void {
  out.write(json ? `${JSON.stringify({ event, ...view })}\n` : describe());
}

export function describeInvitation(
  { code, url, qr, expiresWallMs }: InvitationView,
  drawn: boolean,
  color: boolean,
): string {
  const lines = [
    ...(drawn ? [...qrLines(qr, color), ""] : []),
    `  mindos join ${code}`,
    `  or         mindos join "${url}"`,
    "",
    `For one hub, until ${untilOf(expiresWallMs)}. Waiting for it; Ctrl-C takes the invitation back.`,
  ];
  return `${lines.join("\n")}\n`;
}

function describeAttempt({ attemptsLeft }: InvitationView): string {
  return attemptsLeft === 0
    ? ""
    : `Somebody tried and did not get in, by a wrong code, by breaking off, or as a hub that was put out; ${counted(attemptsLeft, "try", "tries")} left.\n`;
}

function describeEnd({ attemptsLeft, expiresWallMs }: InvitationView): string {
  if (attemptsLeft === 0) return "too many wrong tries: the invitation is void";
  return Date.now() < expiresWallMs
    ? "it was ended on the page or by another command"
    : "its time is over, and nobody has used it";
}

function describeJoiner({ joiner }: InvitationView): string {
  if (joiner === undefined) return "";
  return `${plain(joiner.name)} (${shortId(joiner.hub)}) wants to join. Type the six digits that it shows:\n`;
}
