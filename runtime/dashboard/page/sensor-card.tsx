/** One sensor at a glance: what it measures now, how that went lately, and how well it is heard. Opens its details. */
import { useMemo } from "preact/hooks";
import type { SensorId } from "../../core/ids.js";
import type { HistoryPoint, SensorView } from "../../core/status.js";
import { ReplayBadge, Signal } from "./bits.js";
import { displayOf, formatAge, formatAgo, formatValue, isAlarm, isMinor } from "./format.js";
import { Plot } from "./plot.js";
import { lookOf } from "./quantity-look.js";
import { type Band, columnsOf } from "./series.js";
import { historyKey } from "./store.js";

/** Rows with a sparkline; what else a sensor measures is written small below. */
export const ROWS_MAX = 3;
const SPARKLINE_PX = 40;
const REST_MAX = 8;

type Latest = SensorView["latest"][number];
const NO_POINTS: readonly HistoryPoint[] = [];

export function rowsOf(sensor: SensorView): readonly Latest[] {
  const major = sensor.latest.filter(({ quantity }) => !isMinor(quantity));
  return (major.length > 0 ? major : sensor.latest).slice(0, ROWS_MAX);
}

export function SensorCard(props: {
  readonly sensor: SensorView;
  readonly hubName: string;
  readonly alsoHeardBy: number;
  readonly ageMs: number;
  readonly histories: Readonly<Record<string, readonly HistoryPoint[]>>;
  readonly bands: readonly Band[];
  readonly select: (sensor: SensorId) => void;
}) {
  const { sensor, bands, ageMs } = props;
  const rows = rowsOf(sensor);
  const rest = sensor.latest.filter((item) => !rows.includes(item));
  const unusual = bands.some(({ toMs }) => toMs === undefined);
  return (
    <article class={`card sensor${sensor.stale ? " sensor-stale" : ""}${unusual ? " sensor-unusual" : ""}`}>
      <header class="sensor-head">
        <h3>
          <button type="button" class="sensor-open" onClick={() => props.select(sensor.sensor)}>
            {sensor.name}
          </button>
        </h3>
        {unusual && <span class="badge badge-alert">Unusual</span>}
        {sensor.origin === "replay" && <ReplayBadge />}
      </header>
      {rows.map((item) => (
        <QuantityRow
          key={`${item.quantity}${item.index}`}
          item={item}
          points={props.histories[historyKey(sensor.sensor, item.quantity)] ?? NO_POINTS}
          bands={bands}
        />
      ))}
      <footer class="sensor-foot">
        <span class={sensor.stale ? "age age-stale" : "age"}>
          {sensor.stale ? `Silent for ${formatAge(ageMs)}` : formatAgo(ageMs)}
        </span>
        <span class="sensor-hub">
          {props.hubName}
          {props.alsoHeardBy > 0 && ` +${props.alsoHeardBy}`}
        </span>
        <Signal rssiDbm={sensor.rssiDbm} />
        {rest.length > 0 && <span class="sensor-rest">{rest.slice(0, REST_MAX).map(restText).join(" · ")}</span>}
      </footer>
    </article>
  );
}

function QuantityRow(props: {
  readonly item: Latest;
  readonly points: readonly HistoryPoint[];
  readonly bands: readonly Band[];
}) {
  const { quantity, value } = props.item;
  const { label, scale } = displayOf(quantity);
  const { text, unit } = formatValue(quantity, value);
  const columns = useMemo(() => columnsOf(props.points, scale), [props.points, scale]);
  return (
    <div class="quantity">
      <span class="quantity-now">
        <span class={isAlarm(quantity, value) ? "value value-alarm" : "value"}>
          {text}
          {unit && <span class="unit">{unit}</span>}
        </span>
        <span class="quantity-label">{label}</span>
      </span>
      <span class="sparkline" aria-hidden="true">
        <Plot columns={columns} bands={props.bands} heightPx={SPARKLINE_PX} {...lookOf(quantity)} />
      </span>
    </div>
  );
}

function restText({ quantity, value }: Latest): string {
  const { text, unit } = formatValue(quantity, value);
  return `${displayOf(quantity).label} ${text}${unit ? ` ${unit}` : ""}`;
}
