/** The top of the page: whose it is, how the home is, and whether what it shows is replayed. */
import { shortId } from "../../core/ids.js";
import { hubsCounted, unreadWords } from "../../core/mesh-words.js";
import { Dot, Logo, ReplayBadge } from "./bits.js";
import { formatCount, formatDuration } from "./format.js";
import type { PageState } from "./store.js";
import { homeState } from "./summary.js";

const PHASES = { connecting: "Connecting", open: "Connected", lost: "Not connected", refused: "Signed out" } as const;

export function HomeHeader({ state }: { readonly state: PageState }) {
  const { status, connection } = state;
  const { tone, headline } = homeState(state);
  return (
    <header class="top">
      <div class="top-bar">
        <span class="brand">
          <Logo />
          <span class="brand-name">MindOS</span>
          {status && (
            <span class="brand-hub" title={`Hub ${status.hub}`}>
              {status.name} <small>{shortId(status.hub)}</small>
            </span>
          )}
        </span>
        <span class="top-flags">
          {status?.replay && <ReplayBadge />}
          <span class="phase">
            <Dot tone={connection.phase === "open" ? "good" : connection.phase === "connecting" ? "idle" : "bad"} />
            {PHASES[connection.phase]}
          </span>
        </span>
      </div>
      <h1 class={`headline headline-${tone}`}>{headline}</h1>
      {status?.homeRemedy && <p class="card-problem">{status.homeRemedy}</p>}
      {status?.unread && <p class="card-problem">{unreadWords(status.unread)}</p>}
      <p class="subline">{status ? subline(state) : "\u00a0"}</p>
    </header>
  );
}

function subline({ status, sensors }: PageState): string {
  if (!status) return "";
  const heard = new Set(sensors.map(({ sensor }) => sensor)).size;
  return [
    hubsCounted(status.hubs),
    heard === 1 ? "1 sensor" : `${heard} sensors`,
    `${formatCount(status.readings)} readings`,
    `up ${formatDuration(Math.floor(status.upMs / 1000) * 1000)}`,
  ]
    .map((fact) => fact.replaceAll(" ", "\u00a0"))
    .join("  ·  ");
}
