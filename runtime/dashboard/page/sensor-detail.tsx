/** One sensor in full: a chart for each quantity with its time axis, and what is known of the device. */
import { useEffect, useRef, useState } from "preact/hooks";
import { addressOfSensor } from "../../core/ids.js";
import type { SensorView } from "../../core/status.js";
import type { HubClient } from "./api.js";
import { ReplayBadge, Signal } from "./bits.js";
import { capitalise, formatAgo } from "./format.js";
import { HistoryChart } from "./history-chart.js";
import { bandsOf } from "./series.js";
import type { PageState } from "./store.js";

const RANGES = [
  { points: 120, label: "120 readings" },
  { points: 600, label: "600" },
  { points: 3000, label: "3,000" },
] as const;
const QUANTITIES_MAX = 8;

export interface SensorDetailProps {
  readonly sensor: SensorView;
  readonly state: PageState;
  readonly client: HubClient;
  readonly nowMs: number;
  readonly close: () => void;
}

export function SensorDetail(props: SensorDetailProps) {
  const { sensor, state } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const [points, setPoints] = useState<number>(RANGES[0].points);
  useEffect(() => dialog.current?.showModal(), []);
  const hub = state.status?.hubs.find((view) => view.hub === sensor.hub)?.name ?? sensor.hub.slice(0, 8);
  const quantities = [...new Set(sensor.latest.map(({ quantity }) => quantity))].slice(0, QUANTITIES_MAX);
  const bands = bandsOf(state.detections, sensor.sensor);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; Escape does so by itself
    <dialog
      ref={dialog}
      class="detail"
      aria-labelledby="detail-title"
      onClose={props.close}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <div class="detail-body">
        <header class="detail-head">
          <div>
            <p class="detail-place">{sensor.place ? capitalise(sensor.place) : "No place yet"}</p>
            <h2 id="detail-title">{sensor.name}</h2>
          </div>
          {sensor.origin === "replay" && <ReplayBadge />}
          <button type="button" class="button" onClick={() => dialog.current?.close()}>
            Close
          </button>
        </header>
        <fieldset class="ranges">
          <legend class="visually-hidden">How far back</legend>
          {RANGES.map((range) => (
            <label key={range.points}>
              <input
                type="radio"
                name="range"
                checked={points === range.points}
                onChange={() => setPoints(range.points)}
              />
              <span>{range.label}</span>
            </label>
          ))}
        </fieldset>
        {quantities.map((quantity) => (
          <HistoryChart
            key={quantity}
            sensor={sensor}
            quantity={quantity}
            points={points}
            bands={bands}
            client={props.client}
          />
        ))}
        <dl class="facts">
          <dt>Heard</dt>
          <dd>
            {formatAgo(sensor.silentMs + Math.max(0, props.nowMs - state.sensorsAtMs))} by {hub}
          </dd>
          <dt>Signal</dt>
          <dd>
            <Signal rssiDbm={sensor.rssiDbm} /> dBm
          </dd>
          <dt>Address</dt>
          <dd class="mono">{addressOfSensor(sensor.sensor)}</dd>
          <dt>Format</dt>
          <dd>
            {sensor.format}, {sensor.encrypted ? "encrypted" : "not encrypted"}
          </dd>
        </dl>
      </div>
    </dialog>
  );
}
