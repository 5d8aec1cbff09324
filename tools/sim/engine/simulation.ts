/**
 * Thousands of hubs in virtual time: the driver of the same machines that a real hub drives. Everything that happens is an event of the wheel;
 * randomness comes from the seed alone, so a run is repeated exactly by its options.
 */
import type { HubId } from "../../../runtime/core/ids.js";
import type { Datagram, PeerRecord } from "../../../runtime/core/mesh.js";
import type { Message } from "../../../runtime/core/messages.js";
import type { StoreOperation } from "../../../runtime/core/ports.js";
import type { Rng } from "../../../runtime/core/time.js";
import type { NodeEffect, NodeInput } from "../../../runtime/mesh/node/inputs.js";
import type { Topology } from "../topology/topology.js";
import { Connections, type Host, LINK_FRAME, ROUTED_FRAME } from "./connections.js";
import { DATAGRAM, Datagrams } from "./datagrams.js";
import { HubRows, KILLED, OFF, RUNNING, STALLED } from "./hub-rows.js";
import { MEDIUM_DEFAULTS, Medium } from "./medium.js";
import { chance, RandomStreams } from "./random.js";
import type { Observer, SimulationOptions } from "./simulation-options.js";
import { TraceHash } from "./trace.js";
import { Traffic } from "./traffic.js";
import { A, B, C, EventWheel, KIND, NEVER, TICKS_PER_MS } from "./wheel.js";
import { WireMode } from "./wire-mode.js";

/** Kinds of events beside those of links. a: the hub. */
const WAKE = 20;
const DRAIN = 21;
/** b: whom it finds. */
const FOUND = 22;
/** payload: what to do. */
const CALL = 23;

/** A machine whose deadline still lies in the past after so many ticks in a row spins. */
const SPINS_MAX = 1000;
/** A flush to a good memory card. */
const WRITE_MS = 5;

/** Wall time at which simulations begin. Unit: ms. */
export const WALL_START_MS = Date.UTC(2026, 0, 1);

export class Simulation implements Host {
  readonly topology: Topology;
  readonly wheel = new EventWheel();
  readonly hubs: HubRows;
  readonly medium: Medium;
  readonly connections: Connections;
  readonly #datagrams: Datagrams;
  readonly wire: WireMode | undefined;
  readonly traffic: Traffic;
  readonly trace = new TraceHash();
  readonly observers: Observer[] = [];
  readonly counts = new Map<string, number>();
  /** Sees every frame that is sent from neighbour to neighbour, when set. */
  linkFrame: ((hub: number, linkId: number, message: Message, bytes: number) => void) | undefined;
  events = 0;
  readonly #options: SimulationOptions;
  readonly #random: RandomStreams;
  readonly #rng: Rng;
  readonly #records: (PeerRecord | undefined)[] = [];
  #current = 0;

  constructor(options: SimulationOptions) {
    const { topology, seed, sizes } = options;
    this.#options = options;
    this.topology = topology;
    this.#random = new RandomStreams(seed, topology.hubs);
    this.hubs = new HubRows(
      topology.hubs,
      new RandomStreams(seed ^ 0x1d5, topology.hubs),
      options.skewedClocks === true,
      options.ids,
    );
    this.medium = new Medium(topology, { ...MEDIUM_DEFAULTS, ...options.medium }, seed ^ 0x3ed1);
    this.wire = options.wire === true ? new WireMode() : undefined;
    this.connections = new Connections(this);
    this.#datagrams = new Datagrams(this, this.connections);
    this.traffic = new Traffic(sizes);
    this.#rng = (length) => this.#random.bytes(this.#current, length);
  }

  get nowMs(): number {
    return this.wheel.nowTick / TICKS_PER_MS;
  }

  idOf(hub: number): HubId {
    return this.hubs.ids[hub] as HubId;
  }

  /** Has power, and its process is not stopped. */
  isRunning(hub: number): boolean {
    return this.hubs.state(hub) === RUNNING;
  }

  wallMs(hub: number): number {
    return WALL_START_MS + this.nowMs + (this.hubs.wallOffsetMs[hub] as number);
  }

  /** Calls `run` at that time, or now when it has passed. */
  at(ms: number, run: () => void): void {
    this.wheel.schedule(Math.round(ms * TICKS_PER_MS), CALL, 0, 0, 0, run);
  }

  /** Runs everything up to `untilMs`. */
  run(untilMs: number): void {
    const limit = Math.round(untilMs * TICKS_PER_MS);
    const { wheel } = this;
    for (let event = wheel.next(limit); event >= 0; event = wheel.next(limit)) {
      const { cells } = wheel;
      const kind = cells[event + KIND] as number;
      const a = cells[event + A] as number;
      const b = cells[event + B] as number;
      const c = (cells[event + C] as number) >>> 0;
      const payload = kind === WAKE ? undefined : wheel.take(event);
      wheel.release(event);
      this.events += 1;
      if (kind === WAKE) this.#wake(a);
      else if (!this.connections.happen(kind, a, b, c, payload)) this.#happen(kind, a, b, payload);
    }
  }

  /** Switches on a hub that is off or killed: a new epoch, with what it kept. Discovery tells its neighbours. */
  start(hub: number): void {
    const { hubs } = this;
    const before = hubs.state(hub);
    if (before === RUNNING || before === STALLED) return;
    const orphans = before === OFF ? this.connections.orphans(hub) : [];
    hubs.epoch[hub] = (hubs.epoch[hub] as number) + 1;
    hubs.setArmedTick(hub, NEVER);
    hubs.machine[hub] = this.#options.machine.boot({
      hub: this.idOf(hub),
      index: hub,
      epoch: hubs.epoch[hub] as number,
      boot: this.#random.bytes(hub, 8),
      addresses: this.peerRecord(hub).addresses,
      wallMs: (clockMs) => this.wallMs(hub) - hubs.clockMs(hub, this.wheel.nowTick) + clockMs,
    });
    this.#setState(hub, RUNNING);
    this.connections.revive(hub, hubs.offSince(hub), orphans);
    for (const [key, value] of hubs.kept(hub) ?? []) this.input(hub, { type: "restore", key, value });
    const stored = hubs.stored(hub);
    if (stored !== undefined) this.input(hub, { type: "restore-parcels", entries: [...stored] });
    this.discover(hub);
    if (hubs.armedTick(hub) === NEVER) this.#arm(hub);
  }

  /** SIGKILL: the kernel resets its links. */
  kill(hub: number): void {
    if (this.hubs.state(hub) === OFF || this.hubs.state(hub) === KILLED) return;
    this.#gone(hub, KILLED);
    this.connections.end(hub, false);
  }

  /** Power loss: silence; with `torn`, the newest write is lost. */
  powerOff(hub: number, torn = false): void {
    if (this.hubs.state(hub) === OFF) return;
    this.#gone(hub, OFF);
    this.hubs.setOffSince(hub, this.wheel.nowTick);
    this.connections.end(hub, true);
    if (torn) this.hubs.tear(hub);
  }

  /** SIGSTOP. */
  stall(hub: number): void {
    if (this.hubs.state(hub) === RUNNING) this.#setState(hub, STALLED);
  }

  /** SIGCONT: late timers first, then what waits in the sockets, as an event loop does. */
  resume(hub: number): void {
    if (this.hubs.state(hub) !== STALLED) return;
    this.#setState(hub, RUNNING);
    this.hubs.setArmedTick(hub, NEVER);
    this.#handle(hub, TICK);
    this.#drain(hub);
  }

  /** Something from outside for a hub's machine: a ping, a publication, a discovery. */
  input(hub: number, input: NodeInput, end = -1, bytes = 0): void {
    const { hubs } = this;
    const state = hubs.state(hub);
    if (state === OFF || state === KILLED) return;
    if (
      state === RUNNING &&
      (hubs.inbox.size === 0 || !hubs.inbox.has(hub)) &&
      hubs.busyUntil(hub) < this.wheel.nowTick + 1
    ) {
      this.#handle(hub, input);
      return;
    }
    const waiting = hubs.inbox.get(hub);
    if (end >= 0) this.connections.rows.addWaitingBytes(end, bytes);
    if (waiting !== undefined) waiting.push({ input, end, bytes });
    else {
      hubs.inbox.set(hub, [{ input, end, bytes }]);
      if (state === RUNNING) this.#drainLater(hub);
    }
  }

  linksChanged(a: number, b: number, open: boolean): void {
    for (const observer of this.observers) observer.link?.(a, b, open);
  }

  /** One for each hub: every hub that finds it keeps the addresses. */
  peerRecord(hub: number): PeerRecord {
    this.#records[hub] ??= { hub: this.idOf(hub), addresses: [{ host: `hub-${hub}`, port: 1883 }] };
    return this.#records[hub] as PeerRecord;
  }

  /** Nobody may be blamed for what it does not answer from now on: the plan has done something to it. */
  trouble(hub: number): void {
    this.hubs.setTroubleTick(hub, this.wheel.nowTick);
  }

  #happen(kind: number, a: number, b: number, payload: unknown): void {
    if (kind === FOUND) {
      if (this.medium.hears(a, b)) this.input(a, { type: "found", peer: this.peerRecord(b) });
    } else if (kind === DATAGRAM) this.#datagrams.arrive(a, b, payload as Datagram);
    else if (kind === DRAIN) this.#drain(a);
    else if (kind === CALL) (payload as () => void)();
    else throw new Error(`event of kind ${kind}`);
  }

  /** It hears of its neighbours that run, and they of it, within `discoveryMs`. */
  discover(hub: number): void {
    const { hubs, wheel, medium } = this;
    const spreadTicks = medium.settings.discoveryMs * TICKS_PER_MS;
    for (const other of this.topology.neighboursOf(hub)) {
      if (hubs.state(other) === OFF || hubs.state(other) === KILLED) continue;
      for (const [finder, found] of [
        [hub, other],
        [other, hub],
      ] as const) {
        const at =
          wheel.nowTick +
          Math.floor(chance(this.#options.seed, finder, found, hubs.epoch[hub] as number) * spreadTicks);
        wheel.schedule(at, FOUND, finder, found, 0, undefined);
      }
    }
  }

  #gone(hub: number, state: number): void {
    this.hubs.machine[hub] = undefined;
    this.hubs.inbox.delete(hub);
    this.hubs.setArmedTick(hub, NEVER);
    this.#setState(hub, state);
  }

  #setState(hub: number, state: number): void {
    this.hubs.setState(hub, state);
    this.trouble(hub);
    for (const observer of this.observers) observer.hubState?.(hub, state);
  }

  #wake(hub: number): void {
    const { hubs, wheel } = this;
    if (hubs.armedTick(hub) !== wheel.nowTick || hubs.state(hub) !== RUNNING) return;
    const dueTick = hubs.dueTick(hub);
    if (dueTick <= wheel.nowTick) {
      hubs.setArmedTick(hub, NEVER);
      this.input(hub, TICK);
      this.#watchSpin(hub);
      return;
    }
    // The deadline has moved away since: most do, when an answer comes.
    hubs.setArmedTick(hub, dueTick);
    if (dueTick < NEVER) wheel.schedule(dueTick, WAKE, hub, 0, 0, undefined);
  }

  #handle(hub: number, input: NodeInput): void {
    const { hubs, wheel } = this;
    const machine = hubs.machine[hub];
    if (machine === undefined) return;
    this.#current = hub;
    if (input.type === "frame") this.trace.frame(wheel.nowTick, hub, input.linkId, input.heard);
    let effects: readonly NodeEffect[];
    try {
      effects = machine.handle(input, hubs.clockMs(hub, wheel.nowTick), this.#rng);
    } catch (error) {
      this.#broke(hub, `${input.type}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      return;
    }
    const { frameCpuMs } = this.medium.settings;
    if (frameCpuMs > 0 && input.type === "frame") hubs.work(hub, wheel.nowTick, frameCpuMs * TICKS_PER_MS);
    if (this.#options.bend !== undefined) effects = this.#options.bend(hub, input, effects);
    for (let i = 0; i < effects.length; i++) this.#carryOut(hub, effects[i] as NodeEffect);
    if (hubs.machine[hub] === machine) this.#arm(hub);
  }

  #arm(hub: number): void {
    const { hubs, wheel } = this;
    const deadlineMs = hubs.machine[hub]?.deadlineMs ?? Number.POSITIVE_INFINITY;
    let tick = hubs.tickOf(hub, deadlineMs);
    hubs.setDueTick(hub, tick);
    // A deadline that has passed already: one tick later, so that time goes on.
    if (tick <= wheel.nowTick) tick = wheel.nowTick + 1;
    if (tick >= hubs.armedTick(hub)) return;
    hubs.setArmedTick(hub, tick);
    wheel.schedule(tick, WAKE, hub, 0, 0, undefined);
  }

  /** By ticks alone: a hub that was stalled reads all that has come meanwhile with its deadlines long passed. */
  #watchSpin(hub: number): void {
    const { hubs, wheel } = this;
    const spins = hubs.dueTick(hub) <= wheel.nowTick ? (hubs.spins[hub] as number) + 1 : 0;
    hubs.spins[hub] = spins;
    if (spins === SPINS_MAX) this.#broke(hub, "its deadline never lies ahead");
  }

  #drainLater(hub: number): void {
    const at = Math.ceil(this.hubs.busyUntil(hub));
    this.wheel.schedule(Math.max(at, this.wheel.nowTick), DRAIN, hub, 0, 0, undefined);
  }

  #drain(hub: number): void {
    const { hubs } = this;
    const waiting = hubs.inbox.get(hub);
    if (waiting === undefined || hubs.state(hub) !== RUNNING) return;
    let at = 0;
    while (at < waiting.length && hubs.state(hub) === RUNNING) {
      if (hubs.busyUntil(hub) >= this.wheel.nowTick + 1) break;
      const { input, end, bytes } = waiting[at++] as (typeof waiting)[number];
      if (end >= 0) this.connections.rows.addWaitingBytes(end, -bytes);
      this.#handle(hub, input);
    }
    if (hubs.inbox.get(hub) !== waiting) return;
    if (at === waiting.length) hubs.inbox.delete(hub);
    else {
      waiting.splice(0, at);
      if (hubs.state(hub) === RUNNING) this.#drainLater(hub);
    }
  }

  #carryOut(hub: number, effect: NodeEffect): void {
    switch (effect.type) {
      case "send": {
        const bytes = this.traffic.linkFrame(effect.message);
        this.hubs.addBytesSent(hub, bytes);
        this.linkFrame?.(hub, effect.linkId, effect.message, bytes);
        this.connections.transmit(hub, effect.linkId, LINK_FRAME, effect.seq, effect.message, bytes);
        return;
      }
      case "forward": {
        const bytes = this.traffic.routedFrame(effect.frame);
        this.hubs.addBytesSent(hub, bytes);
        for (const observer of this.observers) observer.routedFrame?.(hub, effect.frame.hops);
        this.connections.transmit(hub, effect.linkId, ROUTED_FRAME, 0, effect.frame, bytes);
        return;
      }
      case "datagram":
        return this.#datagrams.send(hub, effect.linkId, effect);
      case "close":
        this.connections.close(hub, effect.linkId, effect.reason);
        break;
      case "dial": {
        const target = this.#dialled(effect.hub, effect.addresses[0]?.host);
        if (target === undefined) this.input(hub, { type: "dial-failed", hub: effect.hub });
        else this.connections.dial(hub, target);
        break;
      }
      case "keep":
        if (!this.hubs.keep(hub, effect.key, effect.value)) this.#count("sim.diskFull", 1);
        return;
      case "write":
        this.#write(hub, effect.operations, effect.serial);
        for (const observer of this.observers) observer.effect?.(hub, effect);
        return;
      case "count":
        return this.#count(effect.name, effect.by);
      default:
        break;
    }
    this.trace.effect(this.wheel.nowTick, hub, effect);
    for (const observer of this.observers) observer.effect?.(hub, effect);
  }

  /** A process that ends before its write does has not written it. */
  #write(hub: number, operations: readonly StoreOperation[], serial: number): void {
    const { hubs } = this;
    const epoch = hubs.epoch[hub];
    this.at(this.nowMs + WRITE_MS, () => {
      if (hubs.machine[hub] === undefined || hubs.epoch[hub] !== epoch) return;
      const isWritten = hubs.store(hub, operations);
      if (isWritten) for (const observer of this.observers) observer.written?.(hub, serial);
      this.input(hub, { type: isWritten ? "written" : "write-failed", serial });
    });
  }

  #dialled(hub: HubId, host: string | undefined): number | undefined {
    const number = /^hub-(\d+)$/.exec(host ?? "")?.[1];
    return this.hubs.indexOf.get(hub) ?? (number === undefined ? undefined : Number(number));
  }

  #count(name: string, by: number): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + by);
  }

  #broke(hub: number, what: string): void {
    for (const observer of this.observers) observer.broken?.(hub, what);
    this.kill(hub);
  }
}

const TICK: NodeInput = { type: "tick" };
