/** The model that watches: whether it runs, on what, and how much it does. */
import { Card, Dot } from "./bits.js";
import { formatCount } from "./format.js";
import type { PageState } from "./store.js";

const TONES = { off: "idle", starting: "idle", ready: "good", restarting: "warn", failed: "bad" } as const;

export function InferenceCard({ state }: { readonly state: PageState }) {
  const inference = state.status?.inference;
  if (!inference) return null;
  const rate = state.predictionsPerSecond;
  return (
    <Card
      id="inference"
      title="Inference"
      aside={
        <span class="phase">
          <Dot tone={TONES[inference.state]} />
          {inference.state}
        </span>
      }
    >
      {inference.problem && <p class="card-problem">{inference.problem}</p>}
      <dl class="figures">
        <Figure label="per second" value={rate === undefined ? "–" : rate.toFixed(rate < 10 ? 1 : 0)} />
        <Figure label="predictions" value={formatCount(inference.predictions)} />
        <Figure label="MiB used" value={inference.rssMiB === undefined ? "–" : String(Math.round(inference.rssMiB))} />
        <Figure label="restarts" value={String(inference.restarts)} />
      </dl>
      <p class="muted card-note">
        {[inference.backend, ...inference.models].filter(Boolean).join(" · ") || "No model"}
      </p>
    </Card>
  );
}

function Figure({ label, value }: { readonly label: string; readonly value: string }) {
  return (
    <div>
      <dd>{value}</dd>
      <dt>{label}</dt>
    </div>
  );
}
