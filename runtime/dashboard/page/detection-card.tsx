/** What was unusual, newest first; what lasts still is marked, and each tells what it rests on. */
import type { Detection } from "../../core/detection.js";
import type { SensorId } from "../../core/ids.js";
import { Card, Dot, ReplayBadge } from "./bits.js";
import { EvidenceList } from "./evidence-list.js";
import { capitalise, formatDuration, formatMoment } from "./format.js";
import type { PageState } from "./store.js";
import { isOngoing } from "./summary.js";

const SHOWN_MAX = 30;

export function DetectionCard(props: { readonly state: PageState; readonly select: (sensor: SensorId) => void }) {
  const { state } = props;
  const ongoing = state.detections.filter(isOngoing).length;
  return (
    <Card id="unusual" title="Unusual" aside={ongoing > 0 && <span class="badge badge-alert">{ongoing} now</span>}>
      <p class="visually-hidden" aria-live="assertive">
        {state.announced ? `Unusual: ${state.announced.summary}` : ""}
      </p>
      {state.detections.length === 0 ? (
        <p class="muted card-note">{watchText(state)}</p>
      ) : (
        <ol class="detections">
          {state.detections.slice(0, SHOWN_MAX).map((detection) => (
            <DetectionRow key={detection.id} detection={detection} state={state} select={props.select} />
          ))}
        </ol>
      )}
      {state.detections.length > SHOWN_MAX && (
        <p class="muted card-note">{state.detections.length - SHOWN_MAX} older ones are not shown.</p>
      )}
    </Card>
  );
}

function watchText({ status }: PageState): string {
  if (status?.inference.state === "ready") return "Nothing so far. Every reading is watched by a model on this hub.";
  return "Nothing so far. The model that watches is not running; see below.";
}

function DetectionRow(props: {
  readonly detection: Detection;
  readonly state: PageState;
  readonly select: (sensor: SensorId) => void;
}) {
  const { detection } = props;
  const ongoing = isOngoing(detection);
  return (
    <li class={ongoing ? "detection detection-ongoing" : "detection"}>
      <Dot tone={ongoing ? "pulse" : "idle"} />
      <div>
        <p class="detection-text">{capitalise(detection.summary)}</p>
        <p class="detection-when">
          <span>
            {detection.place && `${capitalise(detection.place)} · `}
            {when(detection)}
          </span>
          {detection.origin === "replay" && <ReplayBadge />}
        </p>
        <details class="fold">
          <summary>
            Score {detection.score.toFixed(2)} · threshold {detection.threshold.toFixed(2)}
          </summary>
          <p class="muted">Seen by the model {detection.model}.</p>
          <EvidenceList evidence={detection.evidence} state={props.state} select={props.select} />
        </details>
      </div>
    </li>
  );
}

function when({ startedWallMs, endedWallMs }: Detection): string {
  const started = formatMoment(startedWallMs, Date.now());
  return endedWallMs === undefined
    ? `since ${started}`
    : `${started}, for ${formatDuration(Math.max(1000, endedWallMs - startedWallMs))}`;
}
