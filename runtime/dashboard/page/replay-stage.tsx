/** The picture of a replay, and what moves it. */
import { useEffect, useRef, useState } from "preact/hooks";
import { formatCount } from "./format.js";
import type { Groups, Player } from "./replay/player.js";
import { HUB_STATES, NOWHERE, type Note } from "./replay/recording.js";
import { type Look, Stage } from "./replay/stage.js";

const SPEEDS = [0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 100] as const;
/** Counting groups takes a look at every link: often enough to read. Unit: ms. */
const COUNT_EVERY_MS = 150;
const NOTES_SHOWN = 8;
/** After a pause of the browser the replay goes on from where it was, instead of jumping. Unit: ms. */
const FRAME_MS_MAX = 100;

interface Figures {
  readonly timeMs: number;
  readonly groups: Groups;
  readonly links: number;
  readonly cells: number;
  readonly suspected: number;
  readonly buried: number;
}

export function ReplayStage({ player, points }: { readonly player: Player; readonly points: Float64Array }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const control = useRef({ isPlaying: true, speed: 1, pointed: undefined as number | undefined, isDirty: true });
  const [isPlaying, setPlaying] = useState(true);
  const [figures, setFigures] = useState<Figures>(() => figuresOf(player));
  const [pointed, setPointed] = useState<number>();
  useEffect(() => {
    if (!canvas.current) return;
    return run(canvas.current, player, points, control.current, setFigures, () => setPlaying(false));
  }, [player, points]);
  const play = (on: boolean) => {
    if (on && player.isOver) player.seek(0);
    control.current.isPlaying = on;
    setPlaying(on);
  };
  const hurry = (speed: number) => {
    control.current.speed = speed;
  };
  const seek = (timeMs: number) => {
    player.seek(timeMs);
    control.current.isDirty = true;
    setFigures(figuresOf(player));
  };
  const point = (hub: number | undefined) => {
    control.current.pointed = hub;
    control.current.isDirty = true;
    setPointed(hub);
  };
  const { endMs, notes } = player.recording;
  return (
    <div class="replay-body">
      <canvas
        ref={canvas}
        class="replay-canvas"
        role="img"
        aria-label={`${figures.groups.largest} hubs in touch`}
        onPointerMove={(event) => point(hubUnder(event))}
        onPointerLeave={() => point(undefined)}
      />
      <div class="replay-controls">
        <Marks notes={notes} endMs={endMs} />
        <input
          class="replay-slider"
          type="range"
          aria-label="Time"
          min={0}
          max={endMs}
          step={Math.max(1, endMs / 2000)}
          value={figures.timeMs}
          onInput={(event) => seek(Number(event.currentTarget.value))}
        />
        <div class="replay-bar">
          <button type="button" id="replay-play" class="button button-main" onClick={() => play(!isPlaying)}>
            {isPlaying ? "Pause" : "Play"}
          </button>
          <SpeedChoice choose={hurry} />
          <span class="replay-time">
            {seconds(figures.timeMs)} / {seconds(endMs)}
          </span>
        </div>
      </div>
      <div class="replay-side">
        <Counters figures={figures} player={player} />
        <p class="muted card-note">
          {pointed === undefined ? "Point at a hub to see which it is." : hubText(player, pointed)}
        </p>
        <ol class="log">
          {notesBefore(notes, figures.timeMs).map((note, at) => (
            <li key={at} class={note.isFault ? "log-bad" : "log-plain"}>
              <time>{seconds(note.timeMs)}</time> {note.text}
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}

function SpeedChoice({ choose }: { readonly choose: (speed: number) => void }) {
  return (
    <label>
      <span class="visually-hidden">Speed</span>
      <select class="button" onChange={(event) => choose(Number(event.currentTarget.value))}>
        {SPEEDS.map((speed) => (
          <option key={speed} value={speed} selected={speed === 1}>
            {speed}×
          </option>
        ))}
      </select>
    </label>
  );
}

interface Control {
  isPlaying: boolean;
  speed: number;
  pointed: number | undefined;
  isDirty: boolean;
}

const stages = new WeakMap<HTMLCanvasElement, Stage>();

function hubUnder(event: PointerEvent): number | undefined {
  return stages.get(event.currentTarget as HTMLCanvasElement)?.hubAt(event.offsetX, event.offsetY);
}

/** Frame by frame, as the browser asks; nothing is drawn that has not changed. @returns what ends it. */
function run(
  canvas: HTMLCanvasElement,
  player: Player,
  points: Float64Array,
  control: Control,
  show: (figures: Figures) => void,
  onOver: () => void,
): () => void {
  const stage = new Stage(canvas, player, points);
  stages.set(canvas, stage);
  let look = lookOf(canvas);
  let request = 0;
  let drawnVersion = -1;
  let [lastMs, countedMs] = [performance.now(), 0];
  const refit = () => {
    stage.resize(canvas.clientWidth, canvas.clientHeight, devicePixelRatio);
    look = lookOf(canvas);
    control.isDirty = true;
  };
  const frame = (nowMs: number) => {
    const elapsedMs = Math.min(FRAME_MS_MAX, nowMs - lastMs);
    lastMs = nowMs;
    if (control.isPlaying) player.seek(player.timeMs + elapsedMs * control.speed);
    if (control.isDirty || control.isPlaying || player.version !== drawnVersion) {
      stage.draw(look, control.speed, control.pointed);
      drawnVersion = player.version;
      control.isDirty = false;
    }
    if (control.isPlaying && (nowMs - countedMs >= COUNT_EVERY_MS || player.isOver)) {
      countedMs = nowMs;
      show(figuresOf(player));
    }
    if (control.isPlaying && player.isOver) {
      control.isPlaying = false;
      onOver();
    }
    request = requestAnimationFrame(frame);
  };
  const sizes = new ResizeObserver(refit);
  sizes.observe(canvas);
  const scheme = matchMedia("(prefers-color-scheme: dark)");
  scheme.addEventListener("change", refit);
  refit();
  request = requestAnimationFrame(frame);
  return () => {
    cancelAnimationFrame(request);
    sizes.disconnect();
    scheme.removeEventListener("change", refit);
  };
}

function lookOf(canvas: HTMLCanvasElement): Look {
  const style = getComputedStyle(canvas);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return {
    ...{ ground: colour("--sunken"), ink: colour("--ink"), one: colour("--accent"), gone: colour("--line") },
    ...{ warn: colour("--q-light"), bad: colour("--bad") },
    isDark: matchMedia("(prefers-color-scheme: dark)").matches,
  };
}

function figuresOf(player: Player): Figures {
  return {
    ...{ timeMs: player.timeMs, groups: player.groups(), links: player.linksInUse(), cells: player.cellCount() },
    ...player.doubted(),
  };
}

function Counters({ figures, player }: { readonly figures: Figures; readonly player: Player }) {
  const { groups, links, cells, suspected, buried } = figures;
  const counters: readonly (readonly [string, number])[] = [
    ["alive", player.running],
    ["in touch", groups.largest],
    [groups.count === 1 ? "group" : "groups", groups.count],
    [cells === 1 ? "cell" : "cells", cells],
    [links === 1 ? "link" : "links", links],
    ["suspected", suspected],
    ["held for dead", buried],
  ];
  return (
    <dl class="figures replay-figures">
      {counters.map(([name, count]) => (
        <div key={name}>
          <dd>{formatCount(count)}</dd>
          <dt>{name}</dt>
        </div>
      ))}
    </dl>
  );
}

/** Above the slider: when the plan did something to the mesh. */
function Marks({ notes, endMs }: { readonly notes: readonly Note[]; readonly endMs: number }) {
  const faults = notes.filter(({ isFault }) => isFault).slice(0, 500);
  return (
    <svg class="replay-marks" viewBox="0 0 1000 8" preserveAspectRatio="none" aria-hidden="true">
      {faults.map(({ timeMs }, at) => (
        <rect key={at} x={(timeMs / Math.max(1, endMs)) * 1000 - 1} width="2" height="8" />
      ))}
    </svg>
  );
}

function notesBefore(notes: readonly Note[], timeMs: number): readonly Note[] {
  let [low, high] = [0, notes.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((notes[middle]?.timeMs ?? 0) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return notes.slice(Math.max(0, low - NOTES_SHOWN), low).reverse();
}

function hubText(player: Player, hub: number): string {
  const { recording, states, cells, suspectedBy, buriedBy } = player;
  const cell = cells[hub] ?? NOWHERE;
  const facts = [
    `Hub ${hub} (${(recording.ids[hub] ?? "").slice(0, 8)})`,
    HUB_STATES[states[hub] ?? 0],
    cell === NOWHERE ? "in the one cell" : `in the cell of hub ${cell}`,
    (suspectedBy[hub] ?? 0) > 0 && `suspected by ${suspectedBy[hub]}`,
    (buriedBy[hub] ?? 0) > 0 && `held for dead by ${buriedBy[hub]}`,
  ];
  return facts.filter(Boolean).join(", ");
}

const seconds = (ms: number) => `${(ms / 1000).toFixed(1)} s`;
