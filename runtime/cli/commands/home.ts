/** `mindos home`: which home this hub belongs to, who else is in it, and what is set for it. `mindos home create` makes one. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { HomeView } from "../../core/admission.js";
import { ERRORS, MindosError } from "../../core/errors.js";
import { homeProblemOf } from "../../core/home-problem.js";
import type { HomeSetting, MemberListing } from "../../core/home-registry.js";
import { shortId } from "../../core/ids.js";
import { ADMISSION_OPTIONS, HUB_NAME_OPTION, withAdmission } from "../admission-door.js";
import { type CommandContext, defineCommand } from "../command.js";
import { hostPort, plain } from "../format.js";
import { homeProblemLines } from "../home-problem.js";
import { describeMembers, describeSettings } from "../home-text.js";
import { getJson, postJson } from "../hub-client.js";
import { findHubs, withFirstHub } from "../hub-finder.js";
import { dataDirOf, handlePath } from "../places.js";

const NAME_DEFAULT = "home";
const NAME_LENGTH_MAX = 40;
const SET_TIMEOUT_MS = 10_000;
const ACTIONS = ["create", "members", "settings", "set"] as const;
type Action = (typeof ACTIONS)[number];

export const command = defineCommand({
  name: "home",
  summary: "Show the home of this hub, its members and settings; make a home, or set something for it.",
  options: {
    ...ADMISSION_OPTIONS,
    name: HUB_NAME_OPTION,
    "hub-name": { type: "text", value: "NAME", description: "The same as --name." },
  },
  positionals: [
    {
      name: "ACTION",
      description:
        '"create" makes a home; "members" lists who is in it, also those that are away; "settings" shows what is set; "set" sets it.',
      required: false,
      completes: ACTIONS,
    },
    {
      name: "NAME",
      description: `With create: what to call the home (default: ${NAME_DEFAULT}). With set: name, HUB.name or HUB.room.`,
      required: false,
      completes: "settings",
      after: ["set"],
    },
    { name: "VALUE", description: 'With set: for all hubs of the home; "" takes it back.', required: false },
  ],
  examples: [
    { line: "mindos home create villa", does: "This hub makes a home and holds its root key." },
    { line: "mindos home members", does: "Every hub of the home: here, or away and since when." },
    { line: 'mindos home set name "Villa Kunterbunt"', does: "Renames the home, on every hub. Owners may." },
    { line: "mindos home set cellar.room workshop", does: "Says in which room the hub called cellar stands." },
    { line: "mindos home --json", does: "Home, role and expiry, for a program." },
  ],
  async run({ options, positionals, json, out, ...context }) {
    const [given, name = NAME_DEFAULT, value] = positionals;
    const action = given === undefined ? undefined : actionOf(given);
    if (value !== undefined && action !== "set") {
      throw new MindosError("BAD_USAGE", `mindos home ${action ?? ""} takes no "${plain(value)}"`);
    }
    if (action !== undefined && action !== "create") {
      const [, setting] = positionals;
      out.write(await answerOfHub({ action, setting, value }, options.data, { ...context, json, out }));
      return 0;
    }
    if (name.length > NAME_LENGTH_MAX) throw new MindosError("BAD_USAGE", "the home's name is too long");
    const dataDir = dataDirOf(options.data, context.env);
    // To look must not make a folder and a key.
    if (action === undefined && !existsSync(join(dataDir, "home.json")) && !existsSync(handlePath(dataDir))) {
      throw new MindosError("HOME_MISSING", `the hub of ${dataDir} belongs to no home`);
    }
    const door = { command: "mindos home", data: options.data, name: options.name ?? options["hub-name"] };
    const home = await withAdmission(door, context, (admission) =>
      action === "create" ? admission.createHome(name) : admission.home(),
    );
    if (home === undefined) throw new MindosError("HOME_MISSING", `the hub of ${dataDir} belongs to no home`);
    out.write(json ? `${JSON.stringify(home)}\n` : action === "create" ? describeCreated(home) : describeHome(home));
    return home.problem === undefined ? 0 : ERRORS[homeProblemOf(home.problem).code].exitCode;
  },
});

function actionOf(given: string): Action {
  const action = ACTIONS.find((known) => known === given);
  if (action !== undefined) return action;
  throw new MindosError("BAD_USAGE", `mindos home does not know "${plain(given)}"; it knows ${ACTIONS.join(", ")}`);
}

interface Asked {
  readonly action: Exclude<Action, "create">;
  readonly setting: string | undefined;
  readonly value: string | undefined;
}

/** What only a hub that runs knows. */
async function answerOfHub(
  { action, setting, value }: Asked,
  data: string | undefined,
  context: Pick<CommandContext, "env" | "json" | "out" | "tools">,
): Promise<string> {
  const { json, out } = context;
  if (action === "set" && (setting === undefined || value === undefined))
    throw new MindosError("BAD_USAGE", "mindos home set needs a setting and a value");
  if (action !== "set" && setting !== undefined)
    throw new MindosError("BAD_USAGE", `mindos home ${action} takes no "${plain(setting)}"`);
  return withFirstHub(await findHubs({ data, url: undefined }, context), async (hub) => {
    if ((await getJson<HomeView | null>(hub, "/api/home")) === null)
      throw new MindosError("HOME_MISSING", `the hub ${hub.name} belongs to no home`);
    if (action === "set") {
      const set = await postJson<HomeSetting>(hub, "/api/settings/set", { name: setting, value }, SET_TIMEOUT_MS);
      return json ? `${JSON.stringify(set)}\n` : describeSet(setting ?? "", set);
    }
    const members = await getJson<readonly MemberListing[]>(hub, "/api/members");
    if (action === "members")
      return json ? `${JSON.stringify(members)}\n` : describeMembers(members, Date.now(), out.tableColumns);
    const settings = await getJson<readonly HomeSetting[]>(hub, "/api/settings");
    return json ? `${JSON.stringify(settings)}\n` : describeSettings(settings, members, out.tableColumns);
  });
}

function describeSet(setting: string, { value }: HomeSetting): string {
  const what = value === "" ? `${plain(setting)} is set no more` : `${plain(setting)} is "${plain(value)}"`;
  return `${what}, on every hub of the home; those that are away learn it when they come back.\n`;
}

export function describeHome(home: HomeView): string {
  const lines = [
    `home ${plain(home.name)} (${home.home.slice(0, 8)})`,
    `  this hub   ${home.role}${home.root ? ", holds the root key: back up home.json" : ""}`,
    `  expires    ${new Date(home.expiresWallMs).toISOString().slice(0, 10)}${home.renewalDue ? "; an owner's hub within reach renews it" : ""}`,
    ...homeProblemLines(home.problem),
    ...(home.addresses === undefined
      ? []
      : [`  listens    at ${addressesOf(home.addresses)}, for the hubs of this home`]),
    `  revoked    ${home.revoked.length === 0 ? "none" : home.revoked.map(shortId).join(", ")}`,
  ];
  return `${lines.join("\n")}\n`;
}

function addressesOf(addresses: NonNullable<HomeView["addresses"]>): string {
  return addresses.map(({ host, port }) => hostPort(host, port)).join(", ");
}

/** Until then it listened on this machine only. */
function describeCreated(home: HomeView): string {
  const where =
    home.addresses === undefined
      ? "Once it runs, other hubs of the home come in at every address of this machine; `mindos hub --link-host` names one."
      : `From now on other hubs of the home come in at ${addressesOf(home.addresses)}.`;
  return `${describeHome(home)}${where}\n`;
}
