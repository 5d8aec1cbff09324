/** `mindos revoke`: puts a hub out of the home, for ever. */
import type { NamedHub, RevokedView } from "../../core/admission.js";
import { MindosError } from "../../core/errors.js";
import { shortId } from "../../core/ids.js";
import { ADMISSION_OPTIONS, withAdmission } from "../admission-door.js";
import { defineCommand } from "../command.js";
import { plain } from "../format.js";
import { askLine } from "../prompt.js";

export const command = defineCommand({
  name: "revoke",
  summary: "Put a hub out of the home, everywhere and for ever.",
  options: {
    reason: {
      type: "choice",
      value: "WHY",
      choices: ["lost", "stolen", "replaced", "retired"],
      default: "lost",
      description:
        "Of an owner: hubs that it admitted stay in when it was replaced or retired, and go with it otherwise.",
    },
    "let-back": {
      type: "flag",
      description: "Of an owner: those that it alone had put out are in again. Without it they stay out, for ever.",
    },
    yes: {
      type: "flag",
      short: "y",
      description: "Do not ask whether it is meant. Where nobody can be asked, as in a script, it must be given.",
    },
    ...ADMISSION_OPTIONS,
  },
  positionals: [
    {
      name: "HUB",
      description: "Its name, or its id: all 32 digits, or the first eight of a known one.",
      required: true,
      completes: "hubs",
    },
  ],
  examples: [
    { line: "mindos revoke cellar", does: "Its links are cut as the word spreads; it comes back only as a new hub." },
    { line: "mindos revoke 3f9a01c2 --reason stolen", does: "Distrusts all that it signed." },
    {
      line: "mindos revoke 3f9a01c2 --reason stolen --let-back",
      does: "Takes back what a thief has done with an owner's hub: whom it put out is in again.",
    },
  ],
  async run({ options, positionals, json, out, stopping, ...context }) {
    const target = positionals[0] ?? "";
    const asks = !options.yes && !json && out.isTerminal && process.stdin.isTTY;
    // It cannot be taken back: a pipe must not be taken for a yes.
    if (!asks && !options.yes)
      throw new MindosError("BAD_USAGE", "nobody can be asked here whether it is meant: give --yes");
    return withAdmission({ ...options, command: "mindos revoke" }, context, async (door) => {
      const named = asks ? await door.hubNamed(target) : undefined;
      if (named !== undefined && !named.revoked) {
        out.write(
          `Put ${titleOf(named)} out of the home, everywhere and for ever? It can come back only as a new hub.${fateOf(named, options["let-back"])} [y/N] `,
        );
        if (!/^(y|yes)$/i.test((await askLine(stopping())) ?? "")) {
          out.write("Nothing has changed.\n");
          return 0;
        }
      }
      const revoked = await door.revoke(target, options.reason, options["let-back"]);
      out.write(json ? `${JSON.stringify(revoked)}\n` : describeRevoked(revoked));
      return 0;
    });
  },
});

export function describeRevoked(revoked: RevokedView): string {
  const { alsoRevoked, before, comeBack = [] } = revoked;
  if (before) return `${titleOf(revoked)} was out of the home already.\n`;
  const also =
    alsoRevoked.length === 0 ? "" : `; those that it had put out stay out: ${alsoRevoked.map(shortId).join(", ")}`;
  const back =
    comeBack.length === 0 ? "" : `; those that it had put out are in again: ${comeBack.map(shortId).join(", ")}`;
  return `${titleOf(revoked)} is out of the home${also}${back}.\n${comeBack.length === 0 ? "" : HOW_BACK}`;
}

/** They were told that they are out, and ask nobody any more. */
const HOW_BACK =
  "Each of these links again once it is stopped, revocations.json in its data folder removed, and it is started.\n";

/** What becomes of those that it had put out. */
function fateOf({ putOutAlone = [] }: NamedHub, letBack: boolean): string {
  if (putOutAlone.length === 0) return "";
  const hubs = putOutAlone.map(shortId).join(", ");
  const fate = letBack ? "are in again" : "stay out, for ever (--let-back lets them in again)";
  return `\nIt alone had put out ${hubs}: they ${fate}.`;
}

function titleOf({ hub, name }: NamedHub): string {
  return name === undefined ? shortId(hub) : `${plain(name)} (${shortId(hub)})`;
}
