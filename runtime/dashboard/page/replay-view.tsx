/** A run of the simulator, played again: a file, a canvas, a slider for time. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { Card } from "./bits.js";
import { layoutOf } from "./replay/layout.js";
import { openRecording } from "./replay/opening.js";
import { Player } from "./replay/player.js";
import { type Recording, RecordingError } from "./replay/recording.js";
import { ReplayStage } from "./replay-stage.js";

type Loading =
  | { readonly phase: "none" }
  | { readonly phase: "reading"; readonly share: number }
  | { readonly phase: "failed"; readonly why: string }
  | { readonly phase: "ready"; readonly recording: Recording };

export function ReplayView() {
  const [loading, setLoading] = useState<Loading>({ phase: "none" });
  const opened = useRef(0);
  const open = async (file: File | undefined) => {
    if (!file) return;
    // A second file may be chosen while the first is read.
    const turn = ++opened.current;
    const show = (next: Loading) => {
      if (turn === opened.current) setLoading(next);
    };
    show({ phase: "reading", share: 0 });
    try {
      const recording = await openRecording(file, (share) => show({ phase: "reading", share }));
      show({ phase: "ready", recording });
    } catch (error) {
      show({ phase: "failed", why: error instanceof RecordingError ? error.message : "The file cannot be read." });
    }
  };
  return (
    <Card
      id="replay"
      title="Replay"
      aside={
        <a class="quiet-link" href="#home">
          Back
        </a>
      }
    >
      <label class="file">
        <input
          type="file"
          accept=".ndjson,.jsonl,.json,application/x-ndjson"
          onChange={(event) => void open(event.currentTarget.files?.[0])}
        />
      </label>
      {loading.phase === "none" && (
        <p class="muted card-note">
          Choose a recording of the simulator, made by <code>npm run sim -- --record FILE</code>. It stays in this
          browser.
        </p>
      )}
      {loading.phase === "reading" && <p class="card-note">Reading… {Math.round(100 * loading.share)} %</p>}
      {loading.phase === "failed" && (
        <p class="card-problem" role="alert">
          {loading.why}
        </p>
      )}
      {loading.phase === "ready" && <Replay key={opened.current} recording={loading.recording} />}
    </Card>
  );
}

function Replay({ recording }: { readonly recording: Recording }) {
  const { player, points } = useMemo(
    () => ({ player: new Player(recording), points: layoutOf(recording) }),
    [recording],
  );
  useEffect(() => {
    document.getElementById("replay-play")?.focus();
  }, []);
  const { scenario, topology, seed, ids, endMs, plannedMs } = recording;
  return (
    <>
      <p class="muted card-note">
        {scenario} · {topology} · {ids.length.toLocaleString("en-GB")} hubs · seed {seed}
      </p>
      {plannedMs !== undefined && (
        <p class="card-problem" role="alert">
          This recording is cut off after {seconds(endMs)} of {seconds(plannedMs)}: the simulator was stopped, or the
          file is not whole.
        </p>
      )}
      <ReplayStage player={player} points={points} />
    </>
  );
}

/** "12.3 s" */
function seconds(timeMs: number): string {
  return `${(timeMs / 1000).toFixed(1)}\u00a0s`;
}
