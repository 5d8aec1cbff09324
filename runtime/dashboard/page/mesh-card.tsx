/** The mesh: a picture of hubs, links and cells, what is known of the one that is selected, and what happened lately. */
import { useMemo, useState } from "preact/hooks";
import type { HubId } from "../../core/ids.js";
import type { MeshStatus } from "../../core/mesh-status.js";
import { counted, hubsCounted } from "../../core/mesh-words.js";
import type { HubView } from "../../core/status.js";
import { Card, Dot } from "./bits.js";
import { formatBusy, formatMoment, formatRtt } from "./format.js";
import { LazyAnnex } from "./lazy-annex.js";
import { MeshGraph } from "./mesh-graph.js";
import { labelOf, pictureOf, routeTo, stateText } from "./mesh-picture.js";
import type { PageState } from "./store.js";

/** A longer list is folded away: the picture tells enough. */
const HUBS_LISTED_MAX = 12;

export function MeshCard({ state, isWide }: { readonly state: PageState; readonly isWide: boolean }) {
  const { mesh, slots } = state;
  const hubs = state.status?.hubs ?? [];
  const [selected, select] = useState<HubId>();
  const picture = useMemo(() => pictureOf(hubs, slots, mesh), [hubs, slots, mesh]);
  const route = useMemo(() => (mesh && selected ? routeTo(mesh, hubs, selected) : undefined), [mesh, hubs, selected]);
  const label = (hub: HubId) => labelOf(mesh, hubs, hub);
  const { hubsLeftOut, cellsLeftOut } = picture;
  const leftOut = [hubsLeftOut > 0 && `${hubsLeftOut} more hubs`, cellsLeftOut > 0 && `${cellsLeftOut} more cells`];
  return (
    <Card id="hubs" title="Mesh" aside={<MeshAside mesh={mesh} hubs={hubs} isWide={isWide} />}>
      {mesh?.isolated && !mesh.home?.problem && (
        <p class="card-problem">Cut off: most hubs that were known are out of reach.</p>
      )}
      <div class="mesh-body">
        <div>
          <MeshGraph
            self={state.status?.hub}
            picture={picture}
            route={route}
            selected={selected}
            select={select}
            labelOf={label}
          />
          {(hubsLeftOut > 0 || cellsLeftOut > 0) && (
            <p class="muted card-note">Not drawn: {leftOut.filter(Boolean).join(", ")}.</p>
          )}
        </div>
        <div>
          {selected && mesh && (
            <LazyAnnex view="hub" hub={selected} mesh={mesh} hubs={hubs} route={route} label={label} />
          )}
          {hubs.length === 1 && (
            <p class="muted card-note">
              This hub is alone. Hubs of one home find each other: invite one, or run <code>mindos join</code> there.
            </p>
          )}
          {mesh && hubs.length > 1 && <Facts mesh={mesh} />}
          <Ticker state={state} />
          <HubList hubs={hubs} mesh={mesh} selected={selected} select={select} isWide={isWide} />
        </div>
      </div>
    </Card>
  );
}

function MeshAside(props: { readonly mesh?: MeshStatus; readonly hubs: readonly HubView[]; readonly isWide: boolean }) {
  const { mesh, hubs, isWide } = props;
  const cells = mesh?.regions.filter(({ level }) => level === 1).length ?? 0;
  return (
    <span class="card-aside">
      <small>{[hubsCounted(hubs), cells > 1 && `${cells} cells`].filter(Boolean).join(", ")}</small>
      <a class="quiet-link" href={isWide ? "#home" : "#mesh"}>
        {isWide ? "Smaller" : "Larger"}
      </a>
    </span>
  );
}

function Facts({ mesh }: { readonly mesh: MeshStatus }) {
  const { bytesSent, bytesReceived } = mesh.traffic.perSecond;
  const { parcels } = mesh.outbox;
  const facts = [
    counted(mesh.links.length, "direct link"),
    `${Math.round(bytesSent)} B/s out, ${Math.round(bytesReceived)} B/s in`,
    parcels > 0 && `${counted(parcels, "parcel")} waiting`,
  ];
  return <p class="muted card-note">{facts.filter(Boolean).join(" · ")}</p>;
}

interface ListProps {
  readonly hubs: readonly HubView[];
  readonly mesh: MeshStatus | undefined;
  readonly selected: HubId | undefined;
  readonly select: (hub: HubId | undefined) => void;
  /** There is room beside the picture. */
  readonly isWide: boolean;
}

function HubList(props: ListProps) {
  const { hubs } = props;
  const rows = (
    <ul class="hub-list">
      {hubs.map((view) => (
        <HubRow key={view.hub} view={view} {...props} />
      ))}
    </ul>
  );
  if (hubs.length <= HUBS_LISTED_MAX) return rows;
  return (
    <details class="fold" open={props.isWide}>
      <summary>All {hubs.length} hubs</summary>
      {rows}
    </details>
  );
}

function HubRow({ view, mesh, selected, select }: ListProps & { readonly view: HubView }) {
  const { text, tone } = stateText(view);
  const isGone = view.state === "dead";
  const isLinked = mesh?.links.some(({ hub }) => hub === view.hub);
  const isGateway = mesh?.gateways.includes(view.hub) && mesh.regions.length > 0;
  const facts = [
    view.state === "alive" && isLinked ? "direct link" : text,
    isGateway && "gateway",
    !isGone && view.cpuLoad !== undefined && formatBusy(view.cpuLoad),
    !isGone && view.freeMemoryMiB !== undefined && `${Math.round(view.freeMemoryMiB)} MiB free`,
  ].filter(Boolean);
  return (
    <li class={isGone ? "hub-row hub-row-dead" : "hub-row"}>
      <Dot tone={tone} />
      <button
        type="button"
        class="hub-row-name"
        title={view.hub}
        disabled={view.state === "self"}
        aria-pressed={view.hub === selected}
        onClick={() => select(view.hub === selected ? undefined : view.hub)}
      >
        {view.name || view.hub.slice(0, 8)}
      </button>
      <span class="hub-row-rtt">{view.rttMs !== undefined && !isGone && formatRtt(view.rttMs)}</span>
      <span class="hub-row-facts">{facts.join(" · ")}</span>
    </li>
  );
}

function Ticker({ state }: { readonly state: PageState }) {
  if (state.meshLog.length === 0) return null;
  return (
    <>
      <h3 class="ticker-title">Lately</h3>
      <ol class="log ticker">
        {state.meshLog.map(({ key, wallMs, text, tone }) => (
          <li key={key} class={`log-${tone}`}>
            <time>{formatMoment(wallMs, Date.now())}</time> {text}
          </li>
        ))}
      </ol>
    </>
  );
}
