/** `mindos backbone`: message brokers at which hubs meet that cannot reach each other directly. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import type { BackboneApi, BackboneView, NewBackbone } from "../../core/backbone.js";
import { MindosError, messageOf } from "../../core/errors.js";
import { shortId } from "../../core/ids.js";
import { ADMISSION_OPTIONS } from "../admission-door.js";
import { type CommandContext, defineCommand } from "../command.js";
import { plain } from "../format.js";
import { getJson, postJson } from "../hub-client.js";
import { findHubs, noteElsewhere } from "../hub-finder.js";
import { dataDirOf, handlePath } from "../places.js";
import { askSecret } from "../prompt.js";
import { renderTable } from "../table.js";

const TIMEOUT_MS = 10_000;
/** A broker that is there answers within a second; more is not worth a person's waiting. Unit: ms. */
const ATTEMPT_MS_MAX = 3_000;
const POLL_MS = 100;
/** As the house's exit codes have it: not reachable. */
const UNREACHED = 4;
const ACTIONS = ["add", "remove"] as const;

export const command = defineCommand({
  name: "backbone",
  summary: "Meet hubs beyond this network at a message broker; show, add and remove brokers.",
  options: {
    user: { type: "text", value: "NAME", description: "Who to be at the broker; the password is asked for." },
    ca: {
      type: "text",
      value: "FILE",
      completes: "file",
      description: "Who signed the broker's certificate (PEM). Default: the authorities that this machine trusts.",
    },
    name: { type: "text", value: "NAME", description: "What to call the broker." },
    ...ADMISSION_OPTIONS,
  },
  positionals: [
    {
      name: "ACTION",
      description: '"add" or "remove"; without it the brokers are listed.',
      required: false,
      completes: ACTIONS,
    },
    {
      name: "URL",
      description: "mqtt://HOST:PORT, mqtts:// (TLS), ws:// or wss://. To remove one, its name will do.",
      required: false,
      completes: "brokers",
      after: ["remove"],
    },
  ],
  examples: [
    { line: "mindos backbone add mqtts://broker.example --user villa", does: "Asks for the password, and connects." },
    { line: "mindos backbone", does: "Each broker with its state, and the hubs of this home and of others there." },
    { line: "mindos backbone remove mqtts://broker.example:8883", does: "Its links end." },
  ],
  async run({ options, positionals, json, out, ...context }) {
    const [action, url] = positionals;
    if (action === undefined) {
      const views = await withBackbones(options.data, context, async (api) => api.backbones());
      out.write(json ? `${JSON.stringify(views)}\n` : describeBackbones(views, out.tableColumns));
      return 0;
    }
    if (action !== "add" && action !== "remove") {
      throw new MindosError(
        "BAD_USAGE",
        `mindos backbone does not know "${action}"; it knows ${ACTIONS.join(" and ")}`,
      );
    }
    if (url === undefined) throw new MindosError("BAD_USAGE", `mindos backbone ${action} needs a URL`);
    const given = action === "add" ? await newBackbone(url, options, context) : undefined;
    return withBackbones(options.data, context, async (api) => {
      const before = await api.backbones();
      const view = given === undefined ? await api.removeBackbone(url) : await tried(api, await api.addBackbone(given));
      const isKnown = before.some((one) => one.url === view.url);
      out.write(
        json ? `${JSON.stringify(view)}\n` : given === undefined ? describeRemoved(view) : describeAdded(view, isKnown),
      );
      return view.state === "waiting" ? UNREACHED : 0;
    });
  },
});

interface Given {
  readonly user?: string | undefined;
  readonly ca?: string | undefined;
  readonly name?: string | undefined;
}

type Context = Pick<CommandContext, "env" | "tools" | "err" | "stopping">;

async function newBackbone(url: string, { ca, name, user }: Given, context: Context): Promise<NewBackbone> {
  const needsPassword = user !== undefined || namesUserOnly(url);
  if (needsPassword) context.err.write("Password at the broker: ");
  const password = needsPassword ? await askSecret(context.stopping()) : undefined;
  if (needsPassword && password === undefined) throw new MindosError("BAD_USAGE", "no password was given");
  return {
    url,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined || password === "" ? {} : { password }),
    ...(ca === undefined ? {} : { ca: await readCertificate(ca) }),
    ...(name === undefined ? {} : { name }),
  };
}

function namesUserOnly(url: string): boolean {
  try {
    const { password, username } = new URL(url);
    return username !== "" && password === "";
  } catch {
    return false; // whoever takes it says what is wrong with it
  }
}

async function readCertificate(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new MindosError("BAD_INPUT", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}

interface Door {
  backbones(): Promise<readonly BackboneView[]>;
  addBackbone: BackboneApi["addBackbone"];
  removeBackbone: BackboneApi["removeBackbone"];
}

/** Through the hub that runs, else on its data folder. */
async function withBackbones<T>(
  data: string | undefined,
  context: Context,
  use: (door: Door) => Promise<T>,
): Promise<T> {
  const dataDir = dataDirOf(data, context.env);
  if (existsSync(handlePath(dataDir))) {
    const [hub] = await findHubs({ data: dataDir, url: undefined }, context).catch(() => []);
    if (hub !== undefined) {
      return use({
        backbones: () => getJson<readonly BackboneView[]>(hub, "/api/backbone"),
        addBackbone: (given) => postJson<BackboneView>(hub, "/api/backbone/add", given, TIMEOUT_MS),
        removeBackbone: (url) => postJson<BackboneView>(hub, "/api/backbone/remove", { url }, TIMEOUT_MS),
      });
    }
  }
  if (data === undefined) await noteElsewhere(context);
  const { openBackbones } = await context.tools();
  const folder = await openBackbones(dataDir, (note) => context.err.write(`note: ${note}\n`));
  try {
    const { api } = folder;
    return await use({
      backbones: async () => api.backbones(),
      addBackbone: (given) => api.addBackbone(given),
      removeBackbone: (url) => api.removeBackbone(url),
    });
  } finally {
    await folder.close();
  }
}

/** As it is once the first attempt has come to an end, or after a while. */
async function tried(door: Door, added: BackboneView): Promise<BackboneView> {
  const untilMs = performance.now() + ATTEMPT_MS_MAX;
  let view = added;
  while (view.state === "connecting" && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    view = (await door.backbones()).find(({ url }) => url === added.url) ?? view;
  }
  return view;
}

function describeRemoved({ url }: BackboneView): string {
  return `This hub meets nobody at ${plain(url)} any more.\n`;
}

export function describeAdded({ problem, state, url }: BackboneView, isKnown: boolean): string {
  const broker = plain(url);
  const again = isKnown ? "It was known already; what was given now replaces what was kept.\n" : "";
  const outcomes = {
    connected: `This hub meets others at ${broker} now.`,
    connecting: `This hub connects to ${broker}; \`mindos backbone\` shows how it goes.`,
    idle: `This hub meets others at ${broker} from its next start on, if it has a home then.`,
    waiting: `${broker} is kept, and tried again and again, but cannot be used now: ${plain(problem ?? "no answer")}.`,
  } as const satisfies Record<BackboneView["state"], string>;
  return `${again}${outcomes[state]}\n`;
}

export function describeBackbones(views: readonly BackboneView[], columns: number): string {
  if (views.length === 0) return "This hub uses no broker. `mindos backbone add URL` adds one.\n";
  const rows = views.flatMap((view) => [
    [view.name ?? "", view.url, view.user ?? "", stateOf(view), String(view.met), linksOf(view)],
    ...view.others.map((other) => ["", `  home ${other.name}`, "", "", String(other.met), linksOf(other)]),
  ]);
  const titles = [
    { title: "NAME" },
    { title: "BROKER" },
    { title: "USER" },
    { title: "STATE" },
    { title: "MET", align: "right" as const },
    { title: "LINKS", flexible: true },
  ];
  return `${renderTable(titles, rows, columns).join("\n")}\n`;
}

function linksOf({ links }: Pick<BackboneView, "links">): string {
  return links.map(({ hub, rttMs }) => `${shortId(hub)}${rttMs === undefined ? "" : ` ${rttMs} ms`}`).join(", ");
}

function stateOf({ mqtt, problem, state }: BackboneView): string {
  if (state === "connected") return `connected, MQTT ${mqtt ?? ""}`;
  return problem === undefined ? state : `${state}: ${problem}`;
}
