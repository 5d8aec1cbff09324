/** What `mindos mesh` prints: the mesh as one hub sees it, in tables. Pure. */
import { type HubId, shortId } from "../core/ids.js";
import type { MemberState } from "../core/mesh.js";
import type { MeshStatus, WayView } from "../core/mesh-status.js";
import { counted, PURPOSE_WORDS, STATE_WORDS } from "../core/mesh-words.js";
import { formatCount, formatDuration, formatRtt, plain } from "./format.js";
import { homeProblemLines, unreadLines } from "./home-problem.js";
import { nameOf } from "./mesh-names.js";
import { paint, type Style } from "./style.js";
import { type Column, renderTable } from "./table.js";

export interface Look {
  /** Width of the terminal; Infinity for a file or a pipe. */
  readonly columns: number;
  readonly color: boolean;
  /** Every way that is known, not the cell alone. */
  readonly ways: boolean;
}

const STATE_STYLES = { alive: "plain", suspect: "warning", dead: "faint", left: "faint" } as const satisfies Record<
  string,
  Style
>;

export function describeMesh(mesh: MeshStatus, look: Look): string {
  const sections = [
    heading(mesh),
    section("Direct links", linkTable(mesh, look)),
    section(mesh.locator.length === 0 ? "Hubs" : "This cell", cellTable(mesh, look)),
    section("Cells and regions", regionTable(mesh, look)),
    look.ways ? section("Ways", wayTable(mesh, look)) : [],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

function heading(mesh: MeshStatus): string[] {
  const { home, links, outbox, traffic } = mesh;
  const members = mesh.members.filter(({ hub }) => !mesh.putOut?.includes(hub) || hub === mesh.hub);
  const there = members.filter(({ state }) => state === "alive" || state === "suspect").length;
  const gone = members.length - there;
  const facts = [
    home === undefined ? "no home" : `home ${plain(home.name)} (${home.role})`,
    `${counted(there, "hub")}${gone > 0 ? `, ${gone} away` : ""}`,
    counted(links.length, "direct link"),
    cellsOf(mesh),
  ];
  const { framesSent, bytesSent, framesReceived, bytesReceived } = traffic.perSecond;
  return [
    `${nameOf(mesh, mesh.hub)} (${shortId(mesh.hub)}): ${facts.join(" · ")}`,
    `  place      ${placeOf(mesh)}`,
    `  gateways   ${mesh.gateways.map((hub) => nameOf(mesh, hub)).join(", ") || "none"}`,
    `  traffic    out ${rate(framesSent, bytesSent)}, in ${rate(framesReceived, bytesReceived)}`,
    `  waiting    ${outbox.parcels === 0 ? "nothing" : `${counted(outbox.parcels, "parcel")}, ${bytes(outbox.bytes)}`}`,
    `  remembers  ${counted(mesh.peersRemembered, "hub")}${mesh.locator.length === 0 ? "" : `, keeps the places of ${mesh.placesHeld}`}`,
    ...homeProblemLines(home?.problem),
    ...unreadLines(outbox.unread),
    ...(mesh.isolated && home?.problem === undefined ? ["  cut off: most hubs that were known are out of reach"] : []),
  ];
}

/** "one cell", or how many this hub hears of. */
function cellsOf({ locator, regions }: MeshStatus): string {
  if (locator.length === 0) return "one cell";
  const cells = regions.filter(({ level }) => level === 1).length;
  const above = regions.filter(({ level }) => level > 1).length;
  return `${counted(cells, "cell")}${above > 0 ? ` and ${counted(above, "region")}` : ""} in sight`;
}

function placeOf(mesh: MeshStatus): string {
  if (mesh.locator.length === 0) return "the one cell";
  return mesh.locator.map((hub, at) => `${at === 0 ? "cell" : "region"} of ${nameOf(mesh, hub)}`).join(" in the ");
}

function linkTable(mesh: MeshStatus, look: Look): string[] {
  const columns: readonly Column[] = [
    { title: "NAME", flexible: true },
    { title: "STATE" },
    { title: "RTT", align: "right" },
    { title: "COST", align: "right" },
    { title: "KIND" },
    { title: "UP", align: "right" },
  ];
  const states = statesOf(mesh);
  const links = [...mesh.links].sort(
    (a, b) => (a.rttMs ?? Infinity) - (b.rttMs ?? Infinity) || (a.hub < b.hub ? -1 : 1),
  );
  const rows = links.map(({ hub, rttMs, cost, purpose, dialled, ageMs }) => [
    nameOf(mesh, hub),
    stateWord(mesh, hub, states.get(hub) ?? "alive"),
    rttMs === undefined ? "" : formatRtt(rttMs),
    String(cost),
    `${PURPOSE_WORDS[purpose]}, ${dialled ? "dialled" : "accepted"}`,
    formatDuration(ageMs),
  ]);
  return rows.length === 0
    ? []
    : styled(
        columns,
        rows,
        links.map(({ hub }) => states.get(hub) ?? "alive"),
        look,
      );
}

function cellTable(mesh: MeshStatus, look: Look): string[] {
  const columns: readonly Column[] = [
    { title: "NAME", flexible: true },
    { title: "ID" },
    { title: "STATE" },
    { title: "VIA" },
    { title: "METRIC", align: "right" },
    { title: "RTT", align: "right" },
  ];
  const ways = new Map(mesh.ways.map((way) => [way.destination, way]));
  const rttMs = new Map(mesh.links.map((link) => [link.hub, link.rttMs]));
  const members = mesh.members
    .filter(({ hub, inCell }) => inCell && hub !== mesh.hub)
    .sort((a, b) => compare(nameOf(mesh, a.hub), nameOf(mesh, b.hub)) || compare(a.hub, b.hub));
  const rows = members.map(({ hub, state }) => {
    const way = state === "dead" || state === "left" ? undefined : ways.get(hub);
    const ownRttMs = rttMs.get(hub);
    return [
      nameOf(mesh, hub),
      shortId(hub),
      stateWord(mesh, hub, state),
      viaOf(mesh, way, hub),
      way === undefined ? "" : String(way.metric),
      ownRttMs === undefined ? "" : formatRtt(ownRttMs),
    ];
  });
  if (rows.length === 0) return ["this hub is alone"];
  return styled(
    columns,
    rows,
    members.map(({ state }) => state),
    look,
  );
}

function viaOf(mesh: MeshStatus, way: WayView | undefined, hub: HubId): string {
  if (way === undefined) return "";
  return way.via === hub ? "direct link" : nameOf(mesh, way.via);
}

function regionTable(mesh: MeshStatus, look: Look): string[] {
  if (mesh.regions.length === 0) return [];
  const columns: readonly Column[] = [
    { title: "OF", flexible: true },
    { title: "KIND" },
    { title: "SIZE", align: "right" },
    { title: "VIA" },
    { title: "METRIC", align: "right" },
  ];
  const ways = new Map(mesh.ways.map((way) => [way.destination, way]));
  const rows = mesh.regions.map(({ level, landmark, size, metric, own }) => [
    nameOf(mesh, landmark),
    `${level === 1 ? "cell" : `region, level ${level}`}${own ? " (own)" : ""}`,
    size === 0 ? "?" : level === 1 ? counted(size, "hub") : String(size),
    viaOf(mesh, ways.get(landmark), landmark),
    landmark === mesh.hub ? "" : String(metric),
  ]);
  return renderTable(columns, rows, look.columns);
}

function wayTable(mesh: MeshStatus, look: Look): string[] {
  const columns: readonly Column[] = [
    { title: "TO", flexible: true },
    { title: "LEVEL", align: "right" },
    { title: "VIA" },
    { title: "BACKUP" },
    { title: "METRIC", align: "right" },
  ];
  const ways = [...mesh.ways].sort(
    (a, b) => a.level - b.level || a.metric - b.metric || compare(a.destination, b.destination),
  );
  const rows = ways.map(({ destination, level, via, backup, metric }) => [
    nameOf(mesh, destination),
    String(level),
    nameOf(mesh, via),
    backup === undefined ? "when needed" : nameOf(mesh, backup),
    String(metric),
  ]);
  return rows.length === 0 ? [] : renderTable(columns, rows, look.columns);
}

function styled(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  states: readonly (keyof typeof STATE_STYLES)[],
  { columns: width, color }: Look,
): string[] {
  const [head = "", ...lines] = renderTable(columns, rows, width);
  return [head, ...lines.map((line, at) => paint(line, STATE_STYLES[states[at] ?? "alive"], color))];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
}

function stateWord({ hub: self, putOut }: MeshStatus, hub: HubId, state: MemberState): string {
  if (hub === self) return STATE_WORDS.self;
  return STATE_WORDS[putOut?.includes(hub) === true ? "putOut" : state];
}

function statesOf({ members }: MeshStatus) {
  return new Map(members.map(({ hub, state }) => [hub, state]));
}

function rate(frames: number, perSecond: number): string {
  return `${formatCount(frames)} frames/s (${bytes(perSecond)}/s)`;
}

function bytes(count: number): string {
  if (count < 10_000) return `${formatCount(count)} B`;
  return count < 10_000_000 ? `${formatCount(count / 1024)} KiB` : `${formatCount(count / 1_048_576)} MiB`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
