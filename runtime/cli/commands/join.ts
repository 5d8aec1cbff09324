/** `mindos join`: this hub becomes part of a home that has invited it. */
import type { JoiningView } from "../../core/admission.js";
import { joinRefusal, sixDigits } from "../../core/admission-words.js";
import { MindosError } from "../../core/errors.js";
import { ADMISSION_OPTIONS, type AdmissionDoor, HUB_NAME_OPTION, withAdmission } from "../admission-door.js";
import { type CommandContext, defineCommand } from "../command.js";
import { plain } from "../format.js";
import { askWhile, pause } from "../prompt.js";

const POLL_MS = 300;
const YES = /^(y|yes)$/i;
const NO = /^(n|no)$/i;

export const command = defineCommand({
  name: "join",
  summary: "Join a home with an invitation.",
  options: {
    at: {
      type: "text",
      value: "HOST:PORT",
      description: "Where the inviting hub waits, when it is not found by itself.",
    },
    confirm: {
      type: "text",
      value: "DIGITS",
      description:
        "Answers for the hub that runs and is joining: the six digits, once they were typed at the inviting hub.",
    },
    name: HUB_NAME_OPTION,
    ...ADMISSION_OPTIONS,
  },
  positionals: [
    {
      name: "CODE",
      description: "The three words, or the address that begins with mindos:.",
      required: false,
      rest: true,
    },
  ],
  examples: [
    { line: "mindos join anchor-lemon-tiger", does: "Shows six digits, to be typed at the inviting hub." },
    { line: "mindos join anchor lemon tiger --at 192.168.1.20:40123", does: "Where hubs do not find each other." },
    { line: "mindos join --confirm 004711", does: "Answers for the hub that runs, from a script." },
  ],
  async run({ options, positionals, ...context }) {
    const stop = context.stopping();
    const invitation = positionals.join(" ").trim();
    if (invitation === "" && options.confirm === undefined) {
      throw new MindosError("BAD_USAGE", "mindos join needs CODE: three words, or an address that begins with mindos:");
    }
    return withAdmission({ ...options, command: "mindos join" }, context, async (door) => {
      if (invitation !== "") show(context, await door.beginJoining(invitation, options.at), describeDigits);
      await answer(door, invitation === "" ? options.confirm : undefined, context, stop);
      return finish(door, context, stop);
    });
  },
});

type Context = Pick<CommandContext, "json" | "out">;

async function answer(
  door: AdmissionDoor,
  given: string | undefined,
  context: Context,
  stop: AbortSignal,
): Promise<void> {
  const joining = await door.joining();
  // The inviting hub may have ended it at once: `finish` tells why.
  if (given === undefined && joining?.state === "refused") return;
  if (joining?.state !== "compare") throw new MindosError("JOIN_UNKNOWN", "this hub is not joining a home");
  const typed = given ?? (await askWhileComparing(door, context, stop));
  // Without a standard input --confirm, or the page, answers; or the inviting hub has ended it.
  if (typed === undefined) return;
  const digits = NO.test(typed) ? undefined : YES.test(typed) ? joining.digits : typed;
  show(context, await door.answerJoining(digits), () =>
    digits === undefined ? "" : "Waiting for the inviting hub.\n",
  );
}

/** @returns "yes", "no" or six digits; undefined when there is nothing left to answer. */
function askWhileComparing(door: AdmissionDoor, context: Context, stop: AbortSignal): Promise<string | undefined> {
  const isAnswer = (line: string): boolean => {
    const fits = YES.test(line) || NO.test(line) || sixDigits(line) !== undefined;
    if (!fits && !context.json) context.out.write("Type yes, or no:\n");
    return fits;
  };
  return askWhile(async () => (await door.joining())?.state === "compare", isAnswer, stop);
}

async function finish(door: AdmissionDoor, context: Context, stop: AbortSignal): Promise<number> {
  while (!stop.aborted) {
    const joining = await door.joining();
    if (joining?.state === "joined") {
      show(context, joining, ({ homeName }) => `This hub belongs to the home ${plain(homeName)} now.\n`);
      return 0;
    }
    if (joining === undefined || joining.state === "refused") throw joinRefusal(joining?.problem ?? "closed");
    await pause(POLL_MS, stop);
  }
  throw new MindosError("JOIN_REFUSED", "it was broken off");
}

function show({ json, out }: Context, view: JoiningView, describe: (view: JoiningView) => string): void {
  out.write(json ? `${JSON.stringify({ event: `joining-${view.state}`, ...view })}\n` : describe(view));
}

function describeDigits({ digits, homeName, inviter }: JoiningView): string {
  return [
    `The home ${plain(homeName)} answers, by its hub ${inviter.slice(0, 8)}.`,
    "",
    `    ${digits.slice(0, 3)} ${digits.slice(3)}`,
    "",
    "Type these six digits there. When that hub says that they are right, type yes here; no breaks it off:",
    "",
  ].join("\n");
}
