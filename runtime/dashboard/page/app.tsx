/** The whole page: one state, one line to the hub, and the parts side by side. */
import { useEffect, useMemo, useReducer, useState } from "preact/hooks";
import type { SensorId } from "../../core/ids.js";
import { HubClient } from "./api.js";
import { AskBox } from "./ask-box.js";
import { ConnectionBanner } from "./connection-banner.js";
import { DetectionCard } from "./detection-card.js";
import { EngineRoom } from "./engine-room.js";
import { HomeCard } from "./home-card.js";
import { HomeHeader } from "./home-header.js";
import { InferenceCard } from "./inference-card.js";
import { LazyAnnex } from "./lazy-annex.js";
import { MeshCard } from "./mesh-card.js";
import { rowsOf } from "./sensor-card.js";
import { SensorGrid } from "./sensor-grid.js";
import { INITIAL_STATE, type PageState, reduce } from "./store.js";
import { homeState, onePerSensor } from "./summary.js";
import { useView } from "./view.js";

export function App() {
  const [state, dispatch] = useReducer(reduce, INITIAL_STATE);
  const client = useMemo(() => new HubClient(dispatch), []);
  const nowMs = useNow();
  const view = useView();
  useEffect(() => {
    client.start();
    return () => client.stop();
  }, [client]);
  useEffect(() => {
    client.series = seriesOf(state);
  }, [client, state.sensors]);
  useEffect(() => {
    document.title = state.status ? `${homeState(state).headline} – ${state.status.name}` : "MindOS";
  }, [state]);
  const select = (sensor?: SensorId) => dispatch({ type: "select", sensor });
  const selected = onePerSensor(state.sensors).find(({ view }) => view.sensor === state.selected)?.view;
  return (
    <>
      <ConnectionBanner connection={state.connection} nowMs={nowMs} retryNow={() => client.retryNow()} />
      <div class={state.connection.phase === "lost" ? "page page-lost" : "page"}>
        <HomeHeader state={state} />
        <main class={`columns view-${view}`}>
          <div class="column column-main">
            {view === "replay" && <LazyAnnex view="replay" />}
            {view === "mesh" && <MeshCard state={state} isWide />}
            {view === "home" && (
              <>
                <AskBox state={state} ask={(question) => void client.ask(question)} select={select} />
                <SensorGrid state={state} nowMs={nowMs} select={select} />
              </>
            )}
          </div>
          {view === "home" && (
            <div class="column column-side">
              <DetectionCard state={state} select={select} />
              <MeshCard state={state} isWide={false} />
              <HomeCard state={state} />
              <InferenceCard state={state} />
              <EngineRoom state={state} />
            </div>
          )}
        </main>
      </div>
      {selected && (
        <LazyAnnex
          view="sensor"
          key={selected.sensor}
          sensor={selected}
          state={state}
          client={client}
          nowMs={nowMs}
          close={() => select(undefined)}
        />
      )}
    </>
  );
}

/** Ages on the page grow by the second. */
function useNow(): number {
  const [nowMs, setNowMs] = useState(() => performance.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(performance.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return nowMs;
}

function seriesOf({ sensors }: PageState): HubClient["series"] {
  return onePerSensor(sensors).flatMap(({ view }) =>
    rowsOf(view).map(({ quantity }) => ({ sensor: view.sensor, quantity })),
  );
}
