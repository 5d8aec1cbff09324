/** Inside the engine room: sources, what happened lately, every counter of drops. */
import { Dot } from "./bits.js";
import { formatCount, formatMoment } from "./format.js";
import type { PageState } from "./store.js";

export function EngineInside({ state }: { readonly state: PageState }) {
  const { status } = state;
  if (!status) return null;
  const counters = Object.entries(status.counters);
  return (
    <>
      <h3>Sources</h3>
      <ul class="engine-sources">
        {status.sources.map(({ name, origin, state: running, note }) => (
          <li key={name}>
            <Dot tone={running === "running" ? "good" : running === "ended" ? "idle" : "bad"} />
            <span>
              {name} <small>{[origin, running, note].filter(Boolean).join(", ")}</small>
            </span>
          </li>
        ))}
      </ul>
      <h3>Lately</h3>
      {state.log.length === 0 && <p class="muted">Nothing to tell since this page was opened.</p>}
      <ol class="log">
        {state.log.map(({ key, wallMs, text, tone }) => (
          <li key={key} class={`log-${tone}`}>
            <time>{formatMoment(wallMs, Date.now())}</time> {text}
          </li>
        ))}
      </ol>
      <h3>Counters</h3>
      {counters.length === 0 && <p class="muted">Nothing was dropped.</p>}
      <dl class="counters">
        {counters.map(([name, count]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatCount(count)}</dd>
          </div>
        ))}
      </dl>
      <p>
        <a href="#replay">Replay a recording of the simulator</a>
      </p>
      <p class="muted">
        MindOS {status.version} · MQTT {status.mqtt.host}:{status.mqtt.port} · {Math.round(status.rssMiB)} MiB
      </p>
    </>
  );
}
