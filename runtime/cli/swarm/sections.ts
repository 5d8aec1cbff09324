/** The tables on a swarm's screen: hubs, links, sensors, detections. Pure. */
import type { Detection } from "../../core/detection.js";
import { addressOfSensor, shortId } from "../../core/ids.js";
import { STATE_WORDS } from "../../core/mesh-words.js";
import { formatClock, formatCount, formatDuration, formatLatest, formatRtt, formatWall } from "../format.js";
import type { Style } from "../style.js";
import { wrapText } from "../text-width.js";
import { isTrue, linkFigures, predictionsOf, readingsOf, seenBy } from "./figures.js";
import { type Cell, flow, type GridColumn, grid, grownWidth, type Line, line, span } from "./frame.js";
import { type HubSlot, nameOf, type ProcessState, type SwarmState } from "./state.js";

const PROCESS_STYLES: Readonly<Record<ProcessState, Style>> = {
  starting: "warning",
  running: "good",
  down: "warning",
  killed: "bad",
  failed: "bad",
  stopped: "faint",
};

const HUB_COLUMNS: readonly GridColumn[] = [
  { title: "", width: 1 },
  { title: "HUB", width: 8, grows: true },
  { title: "ID", width: 8 },
  { title: "STATE", width: 11 },
  { title: "SEEN", width: 12 },
  { title: "LINKS", width: 5, align: "right" },
  { title: "SENS", width: 4, align: "right" },
  { title: "READ", width: 7, align: "right" },
  { title: "PRED", width: 7, align: "right" },
  { title: "MiB", width: 4, align: "right" },
  { title: "PID", width: 8, align: "right", from: 90 },
  { title: "MQTT", width: 6, align: "right", from: 100 },
  { title: "INFERENCE", width: 32, from: 140 },
];

export function hubLines(state: SwarmState, width: number, nowMs: number): Line[] {
  const rows = state.slots.map((slot, at): Cell[] => {
    const { status } = slot;
    const chosen = at === state.selected;
    return [
      span(chosen ? "▸" : "", "accent"),
      span(`${at + 1} ${slot.name}`, chosen ? "strong" : "plain"),
      slot.hub === undefined ? "" : shortId(slot.hub),
      span(stateText(slot, nowMs), PROCESS_STYLES[slot.process]),
      seenCell(state, slot),
      `${slot.links.size}/${state.slots.length - 1}`,
      status === undefined ? "" : formatCount(status.sensors),
      formatCount(readingsOf(slot)),
      formatCount(predictionsOf(slot)),
      status === undefined ? "" : formatCount(status.rssMiB + (status.inference.rssMiB ?? 0)),
      slot.pid === undefined ? "" : String(slot.pid),
      status === undefined ? "" : String(status.mqtt.port),
      status === undefined ? "" : `${status.inference.state} ${status.inference.backend ?? ""}`,
    ];
  });
  return grid(HUB_COLUMNS, rows, width);
}

function stateText({ process, retryAtMs, restarts }: HubSlot, nowMs: number): string {
  if (process === "down" && retryAtMs !== undefined)
    return `back in ${Math.max(0, Math.ceil((retryAtMs - nowMs) / 1000))} s`;
  return process === "running" && restarts > 0 ? `running ×${restarts + 1}` : process;
}

/** What the others think of it: this is where a killed hub is in doubt, then away. */
function seenCell(state: SwarmState, slot: HubSlot): Cell {
  const { worst, hubs, of } = seenBy(state, slot);
  if (worst === undefined) return "";
  const style: Style = worst === "alive" ? "good" : worst === "dead" ? "bad" : "warning";
  return span(`${STATE_WORDS[worst]} ${hubs}/${of}`, style);
}

export function linkLines(state: SwarmState, width: number): Line[] {
  if (state.slots.length < 2) return [];
  const links = linkFigures(state).map(
    ({ from, to, rttMs }): Line => [
      span(`${from.name} ↔ ${to.name}`),
      span(rttMs === undefined ? "" : ` ${formatRtt(rttMs)}`, "accent"),
    ],
  );
  return flow([line("LINKS", "strong"), ...(links.length === 0 ? [line("none yet", "faint")] : links)], width);
}

const SENSOR_COLUMNS: readonly GridColumn[] = [
  { title: "SENSOR", width: 16 },
  { title: "PLACE", width: 12 },
  { title: "LATEST", width: 20, grows: true },
  { title: "HUB", width: 8 },
  { title: "HEARD", width: 9, align: "right" },
  { title: "", width: 6 },
  { title: "SIGNAL", width: 8, align: "right", from: 90 },
  { title: "FORMAT", width: 12, from: 110 },
];

export function sensorLines(state: SwarmState, width: number): Line[] {
  const sorted = [...state.sensors.values()].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.sensor < b.sensor ? -1 : 1,
  );
  if (sorted.length === 0) return [line("SENSORS", "faint"), line("  none heard yet", "faint")];
  const rows = sorted.map((sensor): Cell[] => [
    sensor.name,
    sensor.place ?? "",
    formatLatest(sensor.latest),
    nameOf(state, sensor.hub),
    span(formatDuration(sensor.silentMs), sensor.stale ? "bad" : "plain"),
    sensor.origin === "replay" ? span("replay", "warning") : span("live", "good"),
    `${sensor.rssiDbm} dBm`,
    sensor.format,
  ]);
  return grid(SENSOR_COLUMNS, rows, width);
}

const DETECTION_COLUMNS: readonly GridColumn[] = [
  { title: "DETECTION", width: 9 },
  { title: "SCORE", width: 5, align: "right" },
  { title: "LABEL", width: 5 },
  { title: "BEGAN", width: 19, from: 100 },
  { title: "WHAT", width: 20, grows: true },
];

/** A summary that does not fit its column goes on in the next line. */
const SUMMARY_LINES_MAX = 3;

/** The newest last, so that the screen grows downwards as a log does. */
export function detectionLines(state: SwarmState, width: number): Line[] {
  const rows = [...state.detections.values()].flatMap((detection) => detectionRows(state, detection, width));
  if (rows.length === 0) return [line("DETECTIONS", "faint"), line("  nothing unusual yet", "faint")];
  return grid(DETECTION_COLUMNS, rows, width);
}

function detectionRows(state: SwarmState, detection: Detection, width: number): Cell[][] {
  const over = detection.endedWallMs !== undefined;
  const verdict = isTrue(detection, state.labels);
  const isReplay = detection.origin === "replay";
  const who = state.sensors.get(detection.sensor)?.name ?? addressOfSensor(detection.sensor);
  const what = wrapText(`${who}: ${detection.summary}`, grownWidth(DETECTION_COLUMNS, width)).slice(
    0,
    SUMMARY_LINES_MAX,
  );
  const [first = "", ...rest] = what;
  const row: Cell[] = [
    span(over ? "over" : "ongoing", over ? "faint" : "bad"),
    detection.score.toFixed(2),
    verdict === undefined ? "" : span(verdict ? "true" : "false", verdict ? "good" : "warning"),
    isReplay ? formatWall(detection.startedWallMs) : formatClock(detection.startedWallMs),
    first,
  ];
  return [row, ...rest.map((text) => ["", "", "", "", text])];
}
