/** The mesh, drawn: cells, hubs, links, and the way to the hub that is selected. The list beside it says the same in words. */
import type { HubId } from "../../core/ids.js";
import { formatRtt } from "./format.js";
import type { Point } from "./graph.js";
import {
  hueOf,
  type Picture,
  type PictureCell,
  type PictureHub,
  type PictureLink,
  type Route,
  stateText,
  WIDTH,
} from "./mesh-picture.js";

/** Beyond, round trips stand with the names, or are told when one points at a link: on the links they would cover each other. */
const RTT_HUBS_MAX = 7;
/** A name beside two others, and on a ring of up to a dozen. */
const NAME_CHARS_MAX = { few: 16, many: 9 };
const FEW = 6;

export interface Selection {
  readonly selected: HubId | undefined;
  readonly select: (hub: HubId | undefined) => void;
}

export function MeshGraph(
  props: Selection & {
    readonly self: HubId | undefined;
    readonly picture: Picture;
    readonly route: Route | undefined;
    readonly labelOf: (hub: HubId) => string;
  },
) {
  const { picture, route, selected, select, labelOf } = props;
  const { cells, hubs, links, height } = picture;
  const at = new Map<HubId, Point>();
  for (const { landmark, own, x, y } of cells) if (landmark !== undefined && !own) at.set(landmark, { x, y });
  for (const { view, x, y } of hubs) at.set(view.hub, { x, y });
  const isFew = hubs.length <= RTT_HUBS_MAX && cells.length === 0;
  const doubted = hubs.flatMap(({ view }) => (view.state === "suspect" ? [view.hub] : [])).slice(0, FEW);
  const named = new Set([props.self, selected, ...doubted, ...(route?.hubs ?? []), ...(route?.backup ?? [])]);
  const nameCharsMax = hubs.length > FEW ? NAME_CHARS_MAX.many : NAME_CHARS_MAX.few;
  const choose = (event: MouseEvent) => {
    const { dataset } = (event.target as Element).closest<SVGGElement>("[data-hub], [data-cell]") ?? {};
    const chosen = (dataset?.["hub"] ?? dataset?.["cell"]) as HubId | undefined;
    select(chosen === selected || chosen === props.self ? undefined : chosen);
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list of hubs below does the same by keyboard
    <svg class="graph" viewBox={`0 0 ${WIDTH} ${height}`} role="img" aria-label={describe(picture)} onClick={choose}>
      {cells.map((cell) => (
        <CellDisc key={cell.landmark ?? ""} cell={cell} labelOf={labelOf} />
      ))}
      {route && <RouteLines route={route} at={at} />}
      <g class={selected === undefined ? "links" : "links links-dim"}>
        {links.map((link) => (
          <LinkLine key={link.key} link={link} />
        ))}
      </g>
      {isFew && links.map((link) => <LinkLabel key={link.key} link={link} />)}
      {hubs.map((hub) => (
        <HubNode
          key={hub.view.hub}
          hub={hub}
          isSelected={hub.view.hub === selected}
          nameCharsMax={nameCharsMax}
          hasRtt={hub.isLarge && !isFew}
        />
      ))}
      {/* Over all discs: a crowd would cover them. */}
      {hubs.map(({ view, x, y, radius, isLarge }) =>
        !isLarge && named.has(view.hub) ? (
          <text key={view.hub} class="hub-name hub-name-small" x={x} y={y - radius - 5}>
            {shorten(labelOf(view.hub), NAME_CHARS_MAX.few)}
          </text>
        ) : null,
      )}
    </svg>
  );
}

function CellDisc(props: { readonly cell: PictureCell; readonly labelOf: (hub: HubId) => string }) {
  const { cell, labelOf } = props;
  const { landmark, own, x, y, radius, size } = cell;
  const hue = hueOf(landmark);
  const saturation = landmark === undefined ? 0 : 55;
  const name = landmark === undefined ? "other cells" : labelOf(landmark);
  return (
    <g class={own ? "cell cell-own" : "cell"} data-cell={own ? undefined : landmark} transform={`translate(${x} ${y})`}>
      <title>{`Cell of ${name}: ${size === 0 ? "size unknown" : `${size} hubs`}`}</title>
      <circle
        r={radius}
        fill={`hsl(${hue} ${saturation}% 50% / ${own ? 9 : 20}%)`}
        stroke={`hsl(${hue} ${saturation}% 50% / 60%)`}
        stroke-dasharray={landmark === undefined ? "3 3" : undefined}
      />
      {!own && (
        <text class="cell-name" y={radius + 11}>
          {size > 0 ? `${shorten(name, 9)} · ${size}` : shorten(name, 11)}
        </text>
      )}
    </g>
  );
}

function LinkLine({ link }: { readonly link: PictureLink }) {
  const { a, b, rttMs, width } = link;
  return (
    <g class={rttMs === undefined ? "link link-theirs" : "link"} data-link={link.key}>
      {rttMs !== undefined && <title>{formatRtt(rttMs)}</title>}
      <line x1={a.x} y1={a.y} x2={b.x} y2={b.y} stroke-width={width} />
    </g>
  );
}

/** Above the lines, also that of the way. */
function LinkLabel({ link: { a, b, rttMs } }: { readonly link: PictureLink }) {
  if (rttMs === undefined) return null;
  return (
    <g class="link-label" transform={`translate(${(a.x + b.x) / 2} ${(a.y + b.y) / 2})`}>
      <rect x="-26" y="-10" width="52" height="20" rx="10" />
      <text dy="4">{formatRtt(rttMs)}</text>
    </g>
  );
}

function RouteLines({ route, at }: { readonly route: Route; readonly at: ReadonlyMap<HubId, Point> }) {
  const legs = (hubs: readonly HubId[]) =>
    hubs.slice(1).flatMap((hub, index) => {
      const [a, b] = [at.get(hubs[index] as HubId), at.get(hub)];
      return a && b ? [{ key: hub, a, b, isLast: index === hubs.length - 2 }] : [];
    });
  const line = (kind: string, leg: ReturnType<typeof legs>[number]) => (
    <line key={`${kind}${leg.key}`} class={kind} x1={leg.a.x} y1={leg.a.y} x2={leg.b.x} y2={leg.b.y} />
  );
  return (
    <g class="route">
      {legs(route.backup).map((leg) => line("route-backup", leg))}
      {legs(route.hubs).map((leg) => line(route.isOpen && leg.isLast ? "route-way route-open" : "route-way", leg))}
    </g>
  );
}

function HubNode(props: {
  readonly hub: PictureHub;
  readonly isSelected: boolean;
  readonly nameCharsMax: number;
  readonly hasRtt: boolean;
}) {
  const { view, x, y, radius, isLarge, side } = props.hub;
  const isSelf = view.state === "self";
  const rttMs = props.hasRtt && view.state !== "dead" ? view.rttMs : undefined;
  const off = radius + 11;
  const [nameX, nameY] = { above: [0, -radius - 13], below: [0, radius + 20], left: [-off, 0], right: [off, 0] }[
    side
  ] as [number, number];
  const isBeside = nameY === 0;
  return (
    <g
      class={`hub hub-${view.state} hub-${side}${props.isSelected ? " hub-selected" : ""}`}
      data-hub={view.hub}
      transform={`translate(${x} ${y})`}
    >
      <title>{`${view.name || view.hub.slice(0, 8)}: ${stateText(view).text}`}</title>
      {(isSelf || props.isSelected) && <circle class="hub-halo" r={radius + (isLarge ? 6 : 3)} />}
      <circle class="hub-body" r={radius} stroke-width={isLarge ? 2 : 1.5} />
      {isLarge && (
        <>
          <text class="hub-count" dy="6">
            {view.state === "dead" ? "–" : view.sensorCount}
          </text>
          <text class="hub-name" x={nameX} y={isBeside && rttMs === undefined ? 4 : nameY - (isBeside ? 2 : 0)}>
            {shorten(view.name || view.hub.slice(0, 8), props.nameCharsMax)}
            {rttMs !== undefined && (
              <tspan class="hub-rtt" {...(isBeside ? { x: nameX, dy: 14 } : { dx: 6 })}>
                {formatRtt(rttMs)}
              </tspan>
            )}
          </text>
        </>
      )}
    </g>
  );
}

const shorten = (name: string, charsMax: number) => (name.length > charsMax ? `${name.slice(0, charsMax - 1)}…` : name);

function describe({ cells, hubs, links }: Picture): string {
  const dead = hubs.filter(({ view }) => view.state === "dead").length;
  const facts = [`${hubs.length} hubs`, `${links.length} links`];
  if (cells.length > 0) facts.push(`${cells.length} cells`);
  if (dead > 0) facts.push(`${dead} away`);
  return facts.join(", ");
}
