/** What a detection or an answer rests on, sensor by sensor; each opens its sensor. */
import type { Evidence } from "../../core/detection.js";
import { addressOfSensor, type SensorId, shortId } from "../../core/ids.js";
import { isQuantity } from "../../core/quantity.js";
import { displayOf, formatMoment, formatValue } from "./format.js";
import type { PageState } from "./store.js";

/** More than a person reads; the rest is told as a number. */
const SHOWN_MAX = 24;

export function EvidenceList(props: {
  readonly evidence: readonly Evidence[];
  readonly state: PageState;
  readonly select: (sensor: SensorId) => void;
}) {
  const { evidence, state } = props;
  if (evidence.length === 0) return <p class="muted">No single reading stands behind this.</p>;
  return (
    <ul class="evidence">
      {evidence.slice(0, SHOWN_MAX).map((item, index) => (
        <li key={index}>
          <button type="button" class="evidence-row" onClick={() => props.select(item.sensor)}>
            <span class="evidence-what">
              <strong>{item.place ?? nameOf(item, state)}</strong>
              <small>
                {item.place ? `${nameOf(item, state)} · ` : ""}
                {hubName(item, state)}
              </small>
            </span>
            <span class="evidence-value">
              {valueText(item)}
              {item.wallMs !== undefined && <small>{formatMoment(item.wallMs, Date.now())}</small>}
            </span>
          </button>
        </li>
      ))}
      {evidence.length > SHOWN_MAX && <li class="muted">and {evidence.length - SHOWN_MAX} more</li>}
    </ul>
  );
}

function nameOf(item: Evidence, state: PageState): string {
  return state.sensors.find(({ sensor }) => sensor === item.sensor)?.name ?? addressOfSensor(item.sensor);
}

function hubName(item: Evidence, state: PageState): string {
  return state.status?.hubs.find(({ hub }) => hub === item.hub)?.name ?? shortId(item.hub);
}

function valueText({ quantity, value }: Evidence): string {
  if (value === undefined) return "";
  if (quantity === undefined || !isQuantity(quantity)) return String(value);
  const { text, unit } = formatValue(quantity, value);
  const { label } = displayOf(quantity);
  return unit ? `${text} ${unit}` : `${label}: ${text}`;
}
