/** The mesh: a picture of hubs and links, and the same as a list. */
import type { HubView } from "../../core/status.js";
import { Card, Dot } from "./bits.js";
import { formatRtt } from "./format.js";
import { HUBS_DRAWN_MAX } from "./graph.js";
import { HubGraph } from "./hub-graph.js";
import type { PageState } from "./store.js";

const STATES = {
  self: { text: "this hub", tone: "good" },
  alive: { text: "linked", tone: "good" },
  suspect: { text: "not answering", tone: "warn" },
  dead: { text: "gone", tone: "idle" },
} as const;

export function HubCard({ state }: { readonly state: PageState }) {
  const hubs = state.status?.hubs ?? [];
  const alone = hubs.length === 1;
  return (
    <Card id="hubs" title="Hubs" aside={hubs.length > HUBS_DRAWN_MAX && <small>{hubs.length} hubs</small>}>
      <HubGraph hubs={hubs} slots={state.slots} />
      {alone && (
        <p class="muted card-note">
          This hub is alone. Start another on this computer with <code>mindos hub</code>; they find each other.
        </p>
      )}
      <ul class="hub-list">
        {hubs.map((view) => (
          <HubRow key={view.hub} view={view} />
        ))}
      </ul>
    </Card>
  );
}

function HubRow({ view }: { readonly view: HubView }) {
  const { text, tone } = STATES[view.state];
  const facts = [
    text,
    view.state === "dead" || view.cpuLoad === undefined ? undefined : `${Math.round(view.cpuLoad * 100)} % busy`,
    view.state === "dead" || view.freeMemoryMiB === undefined
      ? undefined
      : `${Math.round(view.freeMemoryMiB)} MiB free`,
  ].filter((fact) => fact !== undefined);
  return (
    <li class={view.state === "dead" ? "hub-row hub-row-dead" : "hub-row"}>
      <Dot tone={tone} />
      <span class="hub-row-name" title={view.hub}>
        {view.name}
      </span>
      <span class="hub-row-rtt">{view.rttMs !== undefined && view.state !== "dead" && formatRtt(view.rttMs)}</span>
      <span class="hub-row-facts">{facts.join(" · ")}</span>
    </li>
  );
}
