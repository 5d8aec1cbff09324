/** `mindos revoke`: puts a hub out of the home, for ever. */
import type { RevokedView } from "../../core/admission.js";
import { shortId } from "../../core/ids.js";
import { ADMISSION_OPTIONS, withAdmission } from "../admission-door.js";
import { defineCommand } from "../command.js";

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
    ...ADMISSION_OPTIONS,
  },
  positionals: [
    {
      name: "HUB",
      description: "Its name, or its id: all 32 digits, or the first eight of a known one.",
      required: true,
    },
  ],
  examples: [
    { line: "mindos revoke cellar", does: "Its links are cut as the word spreads; it comes back only as a new hub." },
    { line: "mindos revoke 3f9a01c2 --reason stolen", does: "Distrusts all that it signed." },
  ],
  async run({ options, positionals, json, out, ...context }) {
    const revoked = await withAdmission({ ...options, command: "mindos revoke" }, context, (door) =>
      door.revoke(positionals[0] ?? "", options.reason),
    );
    out.write(json ? `${JSON.stringify(revoked)}\n` : describeRevoked(revoked));
    return 0;
  },
});

export function describeRevoked({ hub, alsoRevoked, comeBack = [] }: RevokedView): string {
  const also =
    alsoRevoked.length === 0 ? "" : `; those that it had put out stay out: ${alsoRevoked.map(shortId).join(", ")}`;
  const back =
    comeBack.length === 0 ? "" : `; those that it had put out are in again: ${comeBack.map(shortId).join(", ")}`;
  return `${shortId(hub)} is out of the home${also}${back}.\n`;
}
