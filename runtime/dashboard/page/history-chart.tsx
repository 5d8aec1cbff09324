/** A chart of one quantity, kept fresh while it is looked at; the caption follows the cursor. */
import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { Quantity } from "../../core/quantity.js";
import type { HistoryPoint, SensorView } from "../../core/status.js";
import type { HubClient } from "./api.js";
import { displayOf, formatMoment, formatValue, isBinary } from "./format.js";
import { Plot } from "./plot.js";
import { lookOf } from "./quantity-look.js";
import { type Band, type Columns, columnsOf } from "./series.js";

/** Long histories change little, and cost the hub more. Unit: ms. */
const REFRESH_MS = { short: 3_000, long: 15_000 };
const SHORT_POINTS = 600;
const HEIGHT_PX = { number: 190, state: 84 };

export function HistoryChart(props: {
  readonly sensor: SensorView;
  readonly quantity: Quantity;
  readonly points: number;
  readonly bands: readonly Band[];
  readonly client: HubClient;
}) {
  const { quantity, client, points } = props;
  const id = props.sensor.sensor;
  const [history, setHistory] = useState<readonly HistoryPoint[]>();
  const [cursor, setCursor] = useState<number | undefined>();
  useEffect(() => {
    let timer: number | undefined;
    let gone = false;
    const load = async () => {
      const loaded = await client.history({ sensor: id, quantity }, points).catch(() => undefined);
      if (gone) return;
      if (loaded) setHistory(loaded);
      timer = setTimeout(load, points <= SHORT_POINTS ? REFRESH_MS.short : REFRESH_MS.long);
    };
    void load();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [client, id, quantity, points]);
  const { scale, label, unit } = displayOf(quantity);
  const columns = useMemo(() => columnsOf(history ?? [], scale), [history, scale]);
  const onCursor = useCallback((index: number | undefined) => setCursor(index), []);
  return (
    <figure class="history">
      <figcaption>
        <span>
          <strong>{label}</strong> <span class="muted">{unit}</span>
        </span>
        <span class="history-caption">{history ? caption(quantity, columns, scale, cursor) : "Loading…"}</span>
      </figcaption>
      <Plot
        columns={columns}
        bands={props.bands}
        heightPx={isBinary(quantity) ? HEIGHT_PX.state : HEIGHT_PX.number}
        full
        onCursor={onCursor}
        {...lookOf(quantity)}
      />
    </figure>
  );
}

/** The value under the cursor and when it was; else the span that is drawn. */
function caption(quantity: Quantity, [xs, ys]: Columns, scale: number, cursor: number | undefined): string {
  const now = Date.now();
  const first = xs[0];
  const last = xs.at(-1);
  if (first === undefined || last === undefined) return "Nothing stored on this hub yet";
  const value = cursor === undefined ? undefined : ys[cursor];
  const at = cursor === undefined ? undefined : xs[cursor];
  if (typeof value === "number" && at !== undefined) {
    const { text, unit } = formatValue(quantity, value / scale);
    return `${text}${unit ? ` ${unit}` : ""} · ${formatMoment(at, now)}`;
  }
  return `${formatMoment(first, now)} – ${formatMoment(last, last > now - 86_400_000 ? now : last)}`;
}
