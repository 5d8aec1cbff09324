/** Hubs and the links between them, as a picture. The list beside it says the same in words. */

import type { HubView } from "../../core/status.js";
import { formatRtt } from "./format.js";
import { type GraphLink, HUBS_DRAWN_MAX, linksOf, type Point, slotPoint } from "./graph.js";

const WIDTH = 360;
const SPREAD = { x: 132, y: 104 };
const RADIUS = 24;
/** Room for the name above a hub of the upper half, and below one of the lower. */
const MARGIN = 54;

export function HubGraph(props: {
  readonly hubs: readonly HubView[];
  readonly slots: Readonly<Record<string, number>>;
}) {
  const drawn = props.hubs.filter(({ hub }) => (props.slots[hub] ?? Number.POSITIVE_INFINITY) < HUBS_DRAWN_MAX);
  const slotsUsed = Math.max(0, ...drawn.map(({ hub }) => (props.slots[hub] ?? 0) + 1));
  const at = new Map(drawn.map(({ hub }) => [hub, place(slotPoint(props.slots[hub] ?? 0, slotsUsed))]));
  // The picture ends below its lowest hub, so that three hubs leave no empty half.
  const height = Math.max(0, ...[...at.values()].map(({ y }) => y)) + MARGIN;
  const links = linksOf(drawn);
  return (
    <svg class="graph" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={describe(drawn, links)}>
      {links.map((link) => (
        <LinkLine key={link.key} link={link} from={at.get(link.from)} to={at.get(link.to)} />
      ))}
      {drawn.map((view) => (
        <HubNode key={view.hub} view={view} at={at.get(view.hub)} />
      ))}
    </svg>
  );
}

function place({ x, y }: Point): Point {
  return { x: WIDTH / 2 + x * SPREAD.x, y: MARGIN + (1 + y) * SPREAD.y };
}

function LinkLine(props: { readonly link: GraphLink; readonly from?: Point; readonly to?: Point }) {
  const { from, to, link } = props;
  if (!from || !to) return null;
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  return (
    <g class="link" data-link={link.key}>
      <line x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      {link.rttMs !== undefined && (
        <g transform={`translate(${middle.x} ${middle.y})`}>
          <rect x="-26" y="-10" width="52" height="20" rx="10" />
          <text dy="4">{formatRtt(link.rttMs)}</text>
        </g>
      )}
    </g>
  );
}

function HubNode(props: { readonly view: HubView; readonly at?: Point }) {
  const { view, at } = props;
  if (!at) return null;
  return (
    <g class={`hub hub-${view.state}`} data-hub={view.hub} transform={`translate(${at.x} ${at.y})`}>
      {view.state === "self" && <circle class="hub-halo" r={RADIUS + 6} />}
      <circle class="hub-body" r={RADIUS} />
      <text class="hub-count" dy="6">
        {view.state === "dead" ? "–" : view.sensorCount}
      </text>
      <text class="hub-name" y={at.y < MARGIN + SPREAD.y ? -RADIUS - 13 : RADIUS + 20}>
        {shorten(view.name)}
      </text>
    </g>
  );
}

const shorten = (name: string) => (name.length > 16 ? `${name.slice(0, 15)}…` : name);

function describe(hubs: readonly HubView[], links: readonly GraphLink[]): string {
  const dead = hubs.filter(({ state }) => state === "dead").length;
  return `${hubs.length} hubs, ${links.length} links${dead > 0 ? `, ${dead} gone` : ""}`;
}
