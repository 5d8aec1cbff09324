/** What is known of the hub, or the cell, that is selected in the picture of the mesh. */
import type { HubId } from "../../core/ids.js";
import type { MeshStatus } from "../../core/mesh-status.js";
import type { HubView } from "../../core/status.js";
import { formatDuration, formatRtt } from "./format.js";
import { type Route, stateText } from "./mesh-picture.js";

export interface HubDetailProps {
  readonly hub: HubId;
  readonly mesh: MeshStatus;
  readonly hubs: readonly HubView[];
  readonly route: Route | undefined;
  readonly label: (hub: HubId) => string;
}

/** Where it is, how far, and which way a frame to it takes. */
export function HubDetail({ hub, mesh, hubs, route, label }: HubDetailProps) {
  const view = hubs.find((other) => other.hub === hub);
  const cell = mesh.members.find((member) => member.hub === hub)?.cell;
  const link = mesh.links.find((other) => other.hub === hub);
  const region = mesh.regions.find(({ landmark, own }) => landmark === hub && !own);
  const facts: [string, string | undefined][] = [
    ["state", view && stateText(view).text],
    ["cell", region && !view ? `${region.size || "?"} hubs` : cell && `of ${label(cell)}`],
    [
      "direct link",
      link && `${link.rttMs === undefined ? "" : `${formatRtt(link.rttMs)}, `}up ${formatDuration(link.ageMs)}`,
    ],
    ["way", route ? wayText(route, label) : "none is known"],
    [
      "backup",
      route && (route.way.backup === undefined ? "looked for when needed" : `through ${label(route.way.backup)}`),
    ],
  ];
  return (
    <dl class="facts" id="selected-hub">
      <div>
        <dt>{view ? "hub" : "cell of"}</dt>
        <dd>
          {label(hub)} {label(hub) !== hub.slice(0, 8) && <small class="mono">{hub.slice(0, 8)}</small>}
        </dd>
      </div>
      {facts.map(([name, value]) =>
        value === undefined ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}

function wayText({ way, hubs, isOpen }: Route, label: (hub: HubId) => string): string {
  if (hubs.length === 2) return `direct, metric ${way.metric}`;
  return `through ${label(way.via)}${isOpen ? " and on" : ""}, metric ${way.metric}`;
}
