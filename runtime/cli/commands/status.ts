/** `mindos status`: the hub that runs here, and the mesh as it sees it. */
import { shortId } from "../../core/ids.js";
import type { HubStatus } from "../../core/status.js";
import { defineCommand } from "../command.js";
import { formatCount, formatDuration, formatMiB, formatRtt, plain } from "../format.js";
import { getJson, type HubAddress, pageAddress } from "../hub-client.js";
import { findHubs, HUB_OPTIONS, withFirstHub } from "../hub-finder.js";
import { renderTable } from "../table.js";
import { watch } from "../watch.js";

const COUNTERS_SHOWN_MAX = 12;

export const command = defineCommand({
  name: "status",
  summary: "Show the running hub, its links and the mesh as it sees it.",
  options: { ...HUB_OPTIONS, watch: { type: "flag", short: "w", description: "Show it again every second." } },
  positionals: [],
  examples: [
    { line: "mindos status", does: "The hub of this machine, or the first of a running swarm." },
    { line: "mindos status --watch", does: "The same, kept up to date until Ctrl-C." },
    { line: "mindos status --json | jq .readings", does: "One figure for a script." },
  ],
  async run({ options, json, out, stopping, ...context }) {
    const hubs = await findHubs(options, context);
    const columns = (): number => (out.isTerminal ? out.columns : Number.POSITIVE_INFINITY);
    const show = (): Promise<string> =>
      withFirstHub(hubs, async (hub) => {
        const status = await getJson<HubStatus>(hub, "/api/status");
        return json ? `${JSON.stringify(status)}\n` : describeStatus(status, hub, columns());
      });
    if (options.watch) await watch(out, stopping(), show);
    else out.write(await show());
    return 0;
  },
});

export function describeStatus(status: HubStatus, address: HubAddress, columns: number): string {
  const { inference } = status;
  const lines = [
    `${plain(status.name)} (${shortId(status.hub)}), MindOS ${plain(status.version)}, up ${formatDuration(status.upMs)}, ${formatMiB(status.rssMiB)}`,
    `  page       ${pageAddress({ url: status.url, token: address.token })}`,
    `  mqtt       ${status.mqtt.host}:${status.mqtt.port}`,
    `  models     ${inferenceLine(inference)}`,
    ...status.sources.map(
      (source) =>
        `  ${source.origin.padEnd(10)} ${plain(source.name)}: ${source.state}${source.note ? ` (${plain(source.note)})` : ""}`,
    ),
    `  sensors    ${formatCount(status.sensors)}, ${formatCount(status.readings)} readings, ${formatCount(status.detections)} detections`,
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
        hub.state,
        hub.rttMs === undefined ? "" : formatRtt(hub.rttMs),
        String(hub.neighbours.length),
        String(hub.sensorCount),
      ]),
      columns,
    ),
  ];
  const counters = Object.entries(status.counters).filter(([, count]) => count > 0);
  if (counters.length > 0) {
    const shown = counters.slice(0, COUNTERS_SHOWN_MAX).map(([name, count]) => `${plain(name)} ${formatCount(count)}`);
    const more = counters.length > COUNTERS_SHOWN_MAX ? [`${counters.length - COUNTERS_SHOWN_MAX} more in --json`] : [];
    lines.push("", `counted: ${[...shown, ...more].join(", ")}`);
  }
  return `${lines.join("\n")}\n`;
}

function inferenceLine(inference: HubStatus["inference"]): string {
  const facts = [
    inference.state,
    ...(inference.backend === undefined ? [] : [plain(inference.backend)]),
    `${formatCount(inference.predictions)} predictions`,
    ...(inference.rssMiB === undefined ? [] : [formatMiB(inference.rssMiB)]),
    ...(inference.restarts > 0 ? [`${inference.restarts} restarts`] : []),
    ...(inference.problem === undefined ? [] : [plain(inference.problem)]),
  ];
  return facts.join(", ");
}
