/** `mindos mesh`: cells, links and ways as a hub knows them, pings along them, and notes that arrive for certain. */
import { MindosError } from "../../core/errors.js";
import type { HubId } from "../../core/ids.js";
import type { Echo, MeshStatus } from "../../core/mesh-status.js";
import { meshNews } from "../../core/mesh-words.js";
import type { MindosEvent } from "../../core/status.js";
import { type CommandContext, defineCommand } from "../command.js";
import { followEvents } from "../event-stream.js";
import { formatClock, plain } from "../format.js";
import { getJson, type HubAddress, postJson } from "../hub-client.js";
import { findHubs, HUB_OPTIONS, withFirstHub } from "../hub-finder.js";
import { hubNamed, nameOf } from "../mesh-names.js";
import { sendNote, showInbox } from "../mesh-notes.js";
import { pingHub } from "../mesh-ping.js";
import { describeMesh } from "../mesh-text.js";
import { watch } from "../watch.js";

const PING_TIMEOUT_MS = 2_000;
/** Lines of events below the tables: what fits beside them on a usual terminal. */
const EVENTS_SHOWN = 12;
/** Long enough for most ways of a city; whoever is away may take days. Unit: s. */
const WAIT_S = 5;
const ACTIONS = ["ping", "send", "inbox"] as const;
/** Stands for "until Ctrl-C". */
const FOR_EVER = 1_000_000_000;

export const command = defineCommand({
  name: "mesh",
  summary: "Show cells, links and ways as a hub knows them; ping another hub; send it a note, or read those that came.",
  options: {
    ...HUB_OPTIONS,
    ways: {
      type: "flag",
      description:
        "Every way that is known, and its backup: one kept ready that cannot loop. Without one, another is looked for when needed.",
    },
    watch: { type: "flag", short: "w", description: "Show it again every second, and events as they happen." },
    count: {
      type: "number",
      value: "N",
      short: "c",
      min: 1,
      max: FOR_EVER,
      whole: true,
      description: "With ping: how many. Without it, until Ctrl-C.",
    },
    interval: {
      type: "number",
      value: "SECONDS",
      short: "i",
      min: 0,
      max: 3_600,
      default: 1,
      description: "With ping: the time between two.",
    },
    file: {
      type: "text",
      value: "FILE",
      short: "f",
      completes: "file",
      description: "With send: a file of up to 60,000 bytes.",
    },
    priority: {
      type: "number",
      value: "P",
      min: 0,
      max: 7,
      whole: true,
      description: "With send: 0 (whenever) to 7 (now). Default: 3.",
    },
    wait: {
      type: "number",
      value: "SECONDS",
      min: 0,
      max: FOR_EVER,
      default: WAIT_S,
      description: "With send: how long to wait for the other hub's word. The note is kept in any case.",
    },
    sent: { type: "flag", description: "With inbox: what was sent from here, and what became of it." },
    save: { type: "text", value: "FOLDER", completes: "folder", description: "With inbox: puts the files there." },
    clear: { type: "flag", description: "With inbox: removes what is shown." },
  },
  positionals: [
    {
      name: "ACTION",
      required: false,
      completes: ACTIONS,
      description:
        '"ping HUB" asks for an echo along the ways; "send HUB TEXT" leaves a note, also with a hub that is away; "inbox" shows those that came.',
    },
    {
      name: "HUB",
      required: false,
      completes: "hubs",
      after: ["ping", "send"],
      description: "Its name, its id, or the first digits of it.",
    },
    { name: "TEXT", required: false, rest: true, description: "With send: what to say." },
  ],
  examples: [
    { line: "mindos mesh", does: "Links, the cell and its neighbours, as the hub of this machine has them." },
    { line: "mindos mesh --watch", does: "The same, kept up to date, with events as they happen." },
    { line: "mindos mesh ping attic --count 5", does: "Five pings along the mesh, wherever the attic's hub is." },
    {
      line: 'mindos mesh send attic "the plumber comes at nine"',
      does: "It waits for attic up to 72 h, over restarts.",
    },
    { line: "mindos mesh inbox --clear", does: "What other hubs have sent, and removes it." },
    { line: "mindos mesh --json | jq '.links[].rttMs'", does: "Figures for a script." },
  ],
  async run({ options, positionals, ...context }) {
    const { json, out } = context;
    const [given, hubText, ...words] = positionals;
    const action = given === undefined ? undefined : actionOf(given);
    const surplus = action === "send" ? undefined : action === "ping" ? words[0] : hubText;
    if (surplus !== undefined) throw new MindosError("BAD_USAGE", `mindos mesh ${action} takes no "${plain(surplus)}"`);
    const hubs = await findHubs(options, context);
    const stop = options.watch || action === "ping" || action === "send" ? context.stopping() : undefined;
    return withFirstHub(hubs, async (hub) => {
      if (action === "send") {
        const { file, priority, wait } = options;
        const plan = { to: hubText, words, file, priority, waitMs: wait * 1000 };
        return sendNote(hub, plan, context, stop as AbortSignal);
      }
      if (action === "inbox") return showInbox(hub, options, context);
      const first = await getJson<MeshStatus>(hub, "/api/mesh");
      if (action === "ping") return ping(hub, first, hubText, options, context, stop as AbortSignal);
      const look = { color: out.color, ways: options.ways };
      const show = (mesh: MeshStatus): string =>
        json ? `${JSON.stringify(mesh)}\n` : describeMesh(mesh, { ...look, columns: out.tableColumns - 2 });
      if (stop === undefined) out.write(show(first));
      else await watchMesh(hub, first, show, context, stop);
      return 0;
    });
  },
});

function actionOf(given: string): (typeof ACTIONS)[number] {
  const action = ACTIONS.find((known) => known === given);
  if (action !== undefined) return action;
  throw new MindosError("BAD_USAGE", `mindos mesh does not know "${plain(given)}"; it knows ${ACTIONS.join(", ")}`);
}

type Context = Pick<CommandContext, "json" | "out">;

function ping(
  hub: HubAddress,
  mesh: MeshStatus,
  text: string | undefined,
  { count = FOR_EVER, interval }: { readonly count: number | undefined; readonly interval: number },
  context: Context,
  stop: AbortSignal,
): Promise<number> {
  if (text === undefined) throw new MindosError("BAD_USAGE", "mindos mesh ping needs the name or the id of a hub");
  const to = hubNamed(mesh, text);
  const ask = (id: HubId): Promise<Echo | undefined> =>
    postJson<Echo | null>(hub, "/api/ping", { hub: id, timeoutMs: PING_TIMEOUT_MS }, PING_TIMEOUT_MS).then(
      (echo) => echo ?? undefined,
    );
  const plan = { hub: to, name: nameOf(mesh, to), isSelf: to === mesh.hub, count, intervalMs: interval * 1000, ask };
  return pingHub(plan, context, stop);
}

/** On a terminal the last events stand below the tables; elsewhere every one is written when it happens. */
async function watchMesh(
  hub: HubAddress,
  first: MeshStatus,
  show: (mesh: MeshStatus) => string,
  { json, out }: Context,
  stop: AbortSignal,
): Promise<void> {
  let mesh = first;
  const lines: string[] = [];
  const onEvent = (event: MindosEvent): void => {
    const news = meshNews(event, (id) => nameOf(mesh, id));
    if (news === undefined) return;
    if (json) return out.write(`${JSON.stringify(event)}\n`);
    const line = `${formatClock(Date.now())} ${plain(news.text)}`;
    if (!out.isTerminal) return out.write(`${line}\n`);
    lines.push(line);
    if (lines.length > EVENTS_SHOWN) lines.shift();
  };
  const following = followEvents(hub, stop, onEvent);
  await watch(out, stop, async () => {
    mesh = await getJson<MeshStatus>(hub, "/api/mesh");
    const events = lines.length > 0 ? `\nLately\n${lines.map((line) => `  ${line}\n`).join("")}` : "";
    return show(mesh) + (out.isTerminal ? events : "");
  });
  await following;
}
