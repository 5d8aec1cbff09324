/** Sensors by place, or what to do when there are none. */
import type { SensorId } from "../../core/ids.js";
import { capitalise } from "./format.js";
import { SensorCard } from "./sensor-card.js";
import { bandsOf } from "./series.js";
import type { PageState } from "./store.js";
import { byPlace, onePerSensor } from "./summary.js";

/** A browser stays quick with this many cards; a larger home is told how many more there are. */
const CARDS_MAX = 120;
const COLUMNS_MAX = 3;

export function SensorGrid(props: {
  readonly state: PageState;
  readonly nowMs: number;
  readonly select: (sensor: SensorId) => void;
}) {
  const { state } = props;
  const sensors = onePerSensor(state.sensors);
  if (sensors.length === 0) return <NoSensors state={state} />;
  const heardBy = new Map(sensors.map(({ view, alsoHeardBy }) => [view.sensor, alsoHeardBy]));
  const hubNames = new Map(state.status?.hubs.map(({ hub, name }) => [hub as string, name]));
  const shown = sensors.slice(0, CARDS_MAX).map(({ view }) => view);
  return (
    <div class="places-box">
      <div class="places">
        {byPlace(shown).map(([place, inPlace]) => (
          <section
            key={place}
            class="place"
            data-span={Math.min(inPlace.length, COLUMNS_MAX)}
            aria-label={place || "No place given"}
          >
            <h2 class="place-name">
              {place ? capitalise(place) : "No place yet"} <small>{inPlace.length}</small>
            </h2>
            <div class="sensor-grid">
              {inPlace.map((sensor) => (
                <SensorCard
                  key={sensor.sensor}
                  sensor={sensor}
                  hubName={hubNames.get(sensor.hub) ?? sensor.hub.slice(0, 8)}
                  alsoHeardBy={heardBy.get(sensor.sensor)?.length ?? 0}
                  ageMs={sensor.silentMs + Math.max(0, props.nowMs - state.sensorsAtMs)}
                  histories={state.histories}
                  bands={bandsOf(state.detections, sensor.sensor)}
                  select={props.select}
                />
              ))}
            </div>
          </section>
        ))}
      </div>
      {sensors.length > CARDS_MAX && <p class="muted">{sensors.length - CARDS_MAX} more sensors are not shown.</p>}
    </div>
  );
}

function NoSensors({ state }: { readonly state: PageState }) {
  if (!state.status) return <div class="card empty" aria-busy="true" />;
  const unavailable = state.status.sources.filter((source) => source.state === "unavailable");
  return (
    <section class="card empty">
      <h2>No sensors heard yet</h2>
      {unavailable.map(({ name, note }) => (
        <p key={name} class="empty-problem">
          <strong>
            {capitalise(name)} is not available{note ? `: ${note}.` : "."}
          </strong>{" "}
          Plug in or enable a Bluetooth adapter and install BlueZ; the hub runs on without.
        </p>
      ))}
      <p>
        Put a Bluetooth sensor that speaks BTHome near this hub: a thermometer or a door contact shows up here within a
        minute. No sensor at hand? Start it with <code>mindos hub --replay motes</code> to see recorded ones.
      </p>
    </section>
  );
}
