/** `mindos home`: which home this hub belongs to; `mindos home create`: makes one. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HomeView } from "../../core/admission.js";
import { MindosError } from "../../core/errors.js";
import { shortId } from "../../core/ids.js";
import { ADMISSION_OPTIONS, withAdmission } from "../admission-door.js";
import { defineCommand } from "../command.js";
import { plain } from "../format.js";
import { dataDirOf, handlePath } from "../places.js";

const NAME_DEFAULT = "home";
const NAME_LENGTH_MAX = 40;

export const command = defineCommand({
  name: "home",
  summary: "Show the home that this hub belongs to, or make one.",
  options: {
    ...ADMISSION_OPTIONS,
    "hub-name": { type: "text", value: "NAME", description: "What to call this hub. Default: the machine's name." },
  },
  positionals: [
    {
      name: "ACTION",
      description: '"create" makes a home; without it the present one is shown.',
      required: false,
      completes: ["create"],
    },
    { name: "NAME", description: `What to call the home. Default: ${NAME_DEFAULT}.`, required: false },
  ],
  examples: [
    { line: "mindos home create villa", does: "This hub makes a home and holds its root key." },
    { line: "mindos home --json", does: "Home, role and expiry, for a program." },
  ],
  async run({ options, positionals, json, out, ...context }) {
    const [action, name = NAME_DEFAULT] = positionals;
    if (action !== undefined && action !== "create") {
      throw new MindosError("BAD_USAGE", `mindos home does not know "${action}"; it knows "create"`);
    }
    if (name.length > NAME_LENGTH_MAX) throw new MindosError("BAD_USAGE", "the home's name is too long");
    const dataDir = dataDirOf(options.data, context.env);
    // To look must not make a folder and a key.
    if (action === undefined && !existsSync(join(dataDir, "home.json")) && !existsSync(handlePath(dataDir))) {
      throw new MindosError("HOME_MISSING", `the hub of ${dataDir} belongs to no home`);
    }
    const door = { data: options.data, name: options["hub-name"] };
    const home = await withAdmission(door, context, (admission) =>
      action === "create" ? admission.createHome(name) : admission.home(),
    );
    if (home === undefined) throw new MindosError("HOME_MISSING", `the hub of ${dataDir} belongs to no home`);
    out.write(json ? `${JSON.stringify(home)}\n` : describeHome(home));
    return 0;
  },
});

export function describeHome(home: HomeView): string {
  const lines = [
    `home ${plain(home.name)} (${home.home.slice(0, 8)})`,
    `  this hub   ${home.role}${home.root ? ", holds the root key: back up home.json" : ""}`,
    `  expires    ${new Date(home.expiresWallMs).toISOString().slice(0, 10)}`,
    ...(home.problem === undefined ? [] : [`  problem    this hub's certificate: ${home.problem}`]),
    `  revoked    ${home.revoked.length === 0 ? "none" : home.revoked.map(shortId).join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}
