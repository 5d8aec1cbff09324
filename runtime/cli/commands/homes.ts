/** `mindos homes`: other homes, met at a message broker that both use: who is trusted, and questions to them. */

import { MindosError } from "../../core/errors.js";
import type { HomeAnswer, HomesView, OtherHomeView } from "../../core/homes.js";
import { shortId } from "../../core/ids.js";
import { defineCommand } from "../command.js";
import { formatDuration, plain } from "../format.js";
import { getJson, type HubAddress, postJson } from "../hub-client.js";
import { findHubs, HUB_OPTIONS } from "../hub-finder.js";
import { renderTable } from "../table.js";
import { safeLines } from "../text-width.js";

const ACTIONS = ["code", "trust", "distrust", "ask"] as const;
type Action = (typeof ACTIONS)[number];
/** Every broker is joined anew. */
const CHANGE_TIMEOUT_MS = 10_000;
const ASK_TIMEOUT_MS = 10_000;

export const command = defineCommand({
  name: "homes",
  summary: "Deal with other homes at a broker that both use: trust them, and ask them.",
  options: HUB_OPTIONS,
  positionals: [
    {
      name: "ACTION",
      description:
        '"code", "trust CODE [NAME]", "distrust NAME" or "ask NAME QUESTION"; without it the homes are listed.',
      required: false,
      completes: ACTIONS,
    },
    {
      name: "HOME",
      description: "What it is called here; with trust its code.",
      required: false,
      completes: "homes",
      after: ["ask", "distrust"],
    },
    {
      name: "TEXT",
      description: "With ask the question; with trust what to call the home here.",
      required: false,
      rest: true,
    },
  ],
  examples: [
    {
      line: "mindos homes code",
      does: "This home's code, to be handed to people of the other one; not for everybody.",
    },
    {
      line: "mindos homes trust mindos-home-… mill",
      does: "Once both have done so, their owners' hubs link at the broker.",
    },
    { line: 'mindos homes ask mill "is anything unusual?"', does: "Its hubs answer as they would to a person there." },
    { line: "mindos homes distrust mill", does: "Its links end." },
  ],
  async run({ options, positionals, json, out, stopping, ...context }) {
    const [action, ...rest] = positionals;
    if (action !== undefined && !isAction(action))
      throw new MindosError("BAD_USAGE", `mindos homes does not know "${action}"; it knows ${ACTIONS.join(", ")}`);
    const [hub] = await findHubs(options, context);
    if (hub === undefined) throw new MindosError("HUB_NOT_RUNNING", "no hub runs here");
    const said = action === undefined ? await list(hub, out.tableColumns) : await ACT[action](hub, rest, stopping());
    out.write(json ? `${JSON.stringify(said.value)}\n` : said.text);
    return 0;
  },
});

interface Said {
  readonly value: unknown;
  readonly text: string;
}

const ACT: Readonly<Record<Action, (hub: HubAddress, rest: readonly string[], stop: AbortSignal) => Promise<Said>>> = {
  async code(hub) {
    const { code } = await getJson<HomesView>(hub, "/api/homes");
    return { value: { code }, text: `${code}\n` };
  },
  async trust(hub, [code, name]) {
    if (code === undefined) throw new MindosError("BAD_USAGE", "mindos homes trust needs the other home's code");
    const body = { code, ...(name === undefined ? {} : { name }) };
    const view = await postJson<OtherHomeView>(hub, "/api/homes/trust", body, CHANGE_TIMEOUT_MS);
    const text = `This hub deals with ${plain(view.name)} (${view.home.slice(0, 8)}) once people there trust this home's code, too.\n`;
    return { value: view, text };
  },
  async distrust(hub, [home]) {
    if (home === undefined) throw new MindosError("BAD_USAGE", "mindos homes distrust needs a home's name");
    const view = await postJson<OtherHomeView>(hub, "/api/homes/distrust", { home }, CHANGE_TIMEOUT_MS);
    return { value: view, text: `This hub deals with ${plain(view.name)} no more.\n` };
  },
  async ask(hub, [home, ...words], stop) {
    const question = words.join(" ").trim();
    if (home === undefined || question === "")
      throw new MindosError("BAD_USAGE", "mindos homes ask needs a home's name and a question");
    const body = { home, question, timeoutMs: ASK_TIMEOUT_MS };
    const answer = await postJson<HomeAnswer>(hub, "/api/homes/ask", body, 2 * ASK_TIMEOUT_MS, stop);
    return { value: answer, text: describe(answer) };
  },
};

function isAction(text: string): text is Action {
  return (ACTIONS as readonly string[]).includes(text);
}

async function list(hub: HubAddress, columns: number): Promise<Said> {
  const { homes } = await getJson<HomesView>(hub, "/api/homes");
  if (homes.length === 0)
    return { value: homes, text: "This hub deals with no other home. `mindos homes trust CODE` begins.\n" };
  const rows = homes.map(({ home, links, name }) => [
    name,
    home.slice(0, 8),
    links.map((link) => `${link.name} ${shortId(link.hub)}`).join(", ") || "none",
  ]);
  const titles = [{ title: "NAME" }, { title: "HOME" }, { title: "LINKS", flexible: true }];
  return { value: homes, text: `${renderTable(titles, rows, columns).join("\n")}\n` };
}

function describe({ hubs, name, replay, silent, text, tookMs }: HomeAnswer): string {
  const parts = [
    `${hubs} of ${hubs + silent} hubs of ${plain(name)} answered in ${formatDuration(tookMs)}`,
    ...(replay ? ["replayed data"] : []),
  ];
  return `${safeLines(text)}\n  (${parts.join("; ")})\n`;
}
