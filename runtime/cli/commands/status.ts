/** `mindos status`: the hub that runs here, and the mesh as it sees it. */
import { shortId } from "../../core/ids.js";
import { counted, STATE_WORDS, stateOf } from "../../core/mesh-words.js";
import type { HubStatus } from "../../core/status.js";
import { defineCommand } from "../command.js";
import { formatCount, formatDuration, formatMiB, formatRtt, plain } from "../format.js";
import { homeProblemLines, unreadLines } from "../home-problem.js";
import { getJson, type HubAddress, pageAddress } from "../hub-client.js";
import { findHubs, HUB_OPTIONS, withFirstHub } from "../hub-finder.js";
import { renderTable } from "../table.js";
import { watch } from "../watch.js";

export const command = defineCommand({
  name: "status",
  summary: "Show the running hub, its links and the mesh as it sees it.",
  options: {
    ...HUB_OPTIONS,
    watch: { type: "flag", short: "w", description: "Show it again every second." },
    verbose: { type: "flag", short: "v", description: "Show the hub's counters of drops and errors too." },
  },
  positionals: [],
  examples: [
    { line: "mindos status", does: "The hub of this machine, or the first of a running swarm." },
    { line: "mindos status --watch", does: "The same, kept up to date until Ctrl-C." },
    { line: "mindos status --json | jq .readings", does: "One figure for a script." },
  ],
  async run({ options, json, out, stopping, ...context }) {
    const hubs = await findHubs(options, context);
    const show = (): Promise<string> =>
      withFirstHub(hubs, async (hub) => {
        const status = await getJson<HubStatus>(hub, "/api/status");
        return json
          ? `${JSON.stringify(status)}\n`
          : describeStatus(status, hub, { columns: out.tableColumns, verbose: options.verbose });
      });
    if (options.watch) await watch(out, stopping(), show);
    else out.write(await show());
    return 0;
  },
});

export function describeStatus(
  status: HubStatus,
  address: HubAddress,
  { columns, verbose }: { readonly columns: number; readonly verbose: boolean },
): string {
  const { inference } = status;
  const lines = [
    `${plain(status.name)} (${shortId(status.hub)}), MindOS ${plain(status.version)}, up ${formatDuration(status.upMs)}, ${formatMiB(status.rssMiB)}`,
    ...homeProblemLines(status.homeProblem),
    ...unreadLines(status.unread),
    `  page       ${pageAddress({ url: status.url, token: address.token })}`,
    `  mqtt       ${status.mqtt.host}:${status.mqtt.port}`,
    `  models     ${inferenceLine(inference)}`,
    ...status.sources.map(
      (source) =>
        `  ${source.origin.padEnd(10)} ${plain(source.name)}: ${source.state}${source.note ? ` (${plain(source.note)})` : ""}`,
    ),
    `  sensors    ${[formatCount(status.sensors), counted(status.readings, "reading"), counted(status.detections, "detection")].join(", ")}`,
    "",
    ...renderTable(
      [
        { title: "HUB", flexible: true },
        { title: "ID" },
        { title: "STATE" },
        { title: "RTT", align: "right" },
        { title: "LINKS", align: "right" },
        { title: "SENSORS", align: "right" },
      ],
      status.hubs.map((hub) => [
        hub.name,
        shortId(hub.hub),
        STATE_WORDS[stateOf(hub)],
        hub.rttMs === undefined ? "" : formatRtt(hub.rttMs),
        String(hub.neighbours.length),
        String(hub.sensorCount),
      ]),
      columns,
    ),
  ];
  if (verbose) lines.push("", ...counterLines(status.counters, columns));
  return `${lines.join("\n")}\n`;
}

function counterLines(counters: HubStatus["counters"], columns: number): string[] {
  const rows = Object.entries(counters)
    .filter(([, count]) => count > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => [plain(name), formatCount(count)]);
  return renderTable(
    [
      { title: "COUNTER", flexible: true },
      { title: "COUNT", align: "right" },
    ],
    rows,
    columns,
  );
}

function inferenceLine(inference: HubStatus["inference"]): string {
  const facts = [
    inference.state,
    ...(inference.backend === undefined ? [] : [plain(inference.backend)]),
    counted(inference.predictions, "prediction"),
    ...(inference.rssMiB === undefined ? [] : [formatMiB(inference.rssMiB)]),
    ...(inference.restarts > 0 ? [counted(inference.restarts, "restart")] : []),
    ...(inference.problem === undefined ? [] : [plain(inference.problem)]),
  ];
  return facts.join(", ");
}
