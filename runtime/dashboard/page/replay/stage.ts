/** Draws a player's moment on a canvas: cells as soft coloured grounds, links, hubs, and what ails them. */
import type { Player } from "./player.js";
import { NOWHERE, STALLED } from "./recording.js";

/** A hub that goes fades from bright red for so long. Unit: ms of the recording at normal speed. */
const FADE_MS = 2_000;
const GOLDEN_ANGLE_DEGREES = 137.508;
const FULL_TURN = 2 * Math.PI;

/** Colours that the page's style sheet decides. */
export interface Look {
  readonly ground: string;
  readonly ink: string;
  /** Of hubs in a mesh that is one cell. */
  readonly one: string;
  readonly gone: string;
  readonly warn: string;
  readonly bad: string;
  readonly isDark: boolean;
}

export class Stage {
  readonly #player: Player;
  readonly #points: Float64Array;
  readonly #context: CanvasRenderingContext2D;
  /** Colours of cells, as far as they were needed. */
  readonly #fills = new Map<number, string>();
  /** By cell: its hubs, gathered anew for every picture; kept so that a frame allocates little. */
  readonly #byCell = new Map<number, number[]>();
  #width = 0;
  #height = 0;
  #scale = 1;

  constructor(canvas: HTMLCanvasElement, player: Player, points: Float64Array) {
    const context = canvas.getContext("2d", { alpha: false });
    if (context === null) throw new Error("this browser draws on no canvas");
    this.#context = context;
    this.#player = player;
    this.#points = points;
  }

  /** To what is shown now. @param pixelRatio of the screen. */
  resize(width: number, height: number, pixelRatio: number): void {
    const { canvas } = this.#context;
    this.#width = Math.max(1, Math.round(width * pixelRatio));
    this.#height = Math.max(1, Math.round(height * pixelRatio));
    this.#scale = pixelRatio;
    if (canvas.width === this.#width && canvas.height === this.#height) return;
    canvas.width = this.#width;
    canvas.height = this.#height;
  }

  /** The hub nearest to a point of the canvas, within reach of a finger. Unit: CSS pixels. */
  hubAt(x: number, y: number): number | undefined {
    let best: number | undefined;
    let bestDistance = 14;
    for (let hub = 0; hub < this.#player.states.length; hub++) {
      const distance = Math.hypot(this.#x(hub) / this.#scale - x, this.#y(hub) / this.#scale - y);
      if (distance >= bestDistance) continue;
      best = hub;
      bestDistance = distance;
    }
    return best;
  }

  /** @param speed of the replay: what fades does so in the viewer's time. @returns whether something still fades. */
  draw(look: Look, speed: number, pointed: number | undefined): boolean {
    const context = this.#context;
    context.fillStyle = look.ground;
    context.fillRect(0, 0, this.#width, this.#height);
    const radius = this.#radius();
    this.#gather();
    this.#drawGrounds(look, radius);
    this.#drawLinks(look);
    this.#drawGone(look, radius);
    this.#drawHubs(look, radius);
    this.#drawTroubles(look, radius);
    const fades = this.#drawFades(look, radius, speed);
    if (pointed !== undefined) this.#ring(pointed, radius + 3 * this.#scale, look.ink, 1.5);
    return fades;
  }

  #radius(): number {
    const room = Math.sqrt((this.#width * this.#height) / this.#player.states.length);
    return Math.min(7 * this.#scale, Math.max(1.2 * this.#scale, room * 0.11));
  }

  #gather(): void {
    const { cells, states } = this.#player;
    for (const hubs of this.#byCell.values()) hubs.length = 0;
    for (let hub = 0; hub < states.length; hub++) {
      if (!this.#player.isThere(hub)) continue;
      const cell = cells[hub] as number;
      const hubs = this.#byCell.get(cell);
      if (hubs === undefined) this.#byCell.set(cell, [hub]);
      else hubs.push(hub);
    }
  }

  #drawGrounds(look: Look, radius: number): void {
    const context = this.#context;
    context.globalAlpha = look.isDark ? 0.2 : 0.16;
    for (const [cell, hubs] of this.#byCell) {
      if (cell === NOWHERE || hubs.length === 0) continue;
      context.fillStyle = this.#colourOf(cell, look);
      this.#fillDiscs(hubs, radius * 3.4);
    }
    context.globalAlpha = 1;
  }

  /** One path for each kind: a stroke a link would take the whole frame. */
  #drawLinks(look: Look): void {
    const { up, recording, cells } = this.#player;
    const { links } = recording;
    const context = this.#context;
    const [within, across, dangling] = [new Path2D(), new Path2D(), new Path2D()];
    for (let link = 0; link < up.length; link++) {
      if (up[link] !== 1) continue;
      const [a, b] = [links[2 * link] as number, links[2 * link + 1] as number];
      const path = !this.#player.isInUse(link) ? dangling : cells[a] === cells[b] ? within : across;
      path.moveTo(this.#x(a), this.#y(a));
      path.lineTo(this.#x(b), this.#y(b));
    }
    context.lineWidth = Math.max(0.6, 0.7 * this.#scale);
    const stroke = (path: Path2D, colour: string, alpha: number) => {
      context.globalAlpha = alpha;
      context.strokeStyle = colour;
      context.stroke(path);
    };
    stroke(within, look.ink, 0.3);
    stroke(across, look.ink, 0.13);
    stroke(dangling, look.bad, 0.35);
    context.globalAlpha = 1;
  }

  #drawGone(look: Look, radius: number): void {
    const gone: number[] = [];
    for (let hub = 0; hub < this.#player.states.length; hub++) if (!this.#player.isThere(hub)) gone.push(hub);
    this.#context.fillStyle = look.gone;
    this.#fillDiscs(gone, radius * 0.6);
  }

  #drawHubs(look: Look, radius: number): void {
    for (const [cell, hubs] of this.#byCell) {
      if (hubs.length === 0) continue;
      this.#context.fillStyle = cell === NOWHERE ? look.one : this.#colourOf(cell, look);
      this.#fillDiscs(hubs, radius);
    }
  }

  /** Amber: suspected, or stalled; red: held for dead although it runs. */
  #drawTroubles(look: Look, radius: number): void {
    const { states, suspectedBy, buriedBy } = this.#player;
    for (let hub = 0; hub < states.length; hub++) {
      if (!this.#player.isThere(hub)) continue;
      if ((buriedBy[hub] as number) > 0) this.#ring(hub, radius + 1.5 * this.#scale, look.bad, 1.5);
      else if (states[hub] === STALLED || (suspectedBy[hub] as number) > 0)
        this.#ring(hub, radius + 1.5 * this.#scale, look.warn, 1.5);
    }
  }

  #drawFades(look: Look, radius: number, speed: number): boolean {
    const { changedMs, timeMs, states } = this.#player;
    const context = this.#context;
    const fadeMs = FADE_MS * Math.max(1, speed);
    let fades = false;
    context.fillStyle = look.bad;
    for (let hub = 0; hub < states.length; hub++) {
      const age = (timeMs - (changedMs[hub] as number)) / fadeMs;
      if (this.#player.isThere(hub) || !(age < 1)) continue;
      fades = true;
      context.globalAlpha = 1 - age;
      context.beginPath();
      context.arc(this.#x(hub), this.#y(hub), radius * (1 + 1.2 * age), 0, FULL_TURN);
      context.fill();
    }
    context.globalAlpha = 1;
    return fades;
  }

  #fillDiscs(hubs: readonly number[], radius: number): void {
    const context = this.#context;
    context.beginPath();
    for (const hub of hubs) {
      const [x, y] = [this.#x(hub), this.#y(hub)];
      context.moveTo(x + radius, y);
      context.arc(x, y, radius, 0, FULL_TURN);
    }
    context.fill();
  }

  #ring(hub: number, radius: number, colour: string, width: number): void {
    const context = this.#context;
    context.strokeStyle = colour;
    context.lineWidth = width * this.#scale;
    context.beginPath();
    context.arc(this.#x(hub), this.#y(hub), radius, 0, FULL_TURN);
    context.stroke();
  }

  #colourOf(cell: number, look: Look): string {
    let fill = this.#fills.get(cell);
    if (fill === undefined) {
      // The golden angle keeps cells apart whose landmarks have numbers side by side.
      fill = `hsl(${Math.round((cell * GOLDEN_ANGLE_DEGREES) % 360)} 62% ${look.isDark ? 62 : 43}%)`;
      this.#fills.set(cell, fill);
    }
    return fill;
  }

  /** The square of the layout, as large as fits, in the middle. */
  #x(hub: number): number {
    const side = Math.min(this.#width, this.#height);
    return (this.#width - side) / 2 + (this.#points[2 * hub] as number) * side;
  }

  #y(hub: number): number {
    const side = Math.min(this.#width, this.#height);
    return (this.#height - side) / 2 + (this.#points[2 * hub + 1] as number) * side;
  }
}
