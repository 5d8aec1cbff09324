/**
 * Indirect probes (SWIM §3.1): other observers of a neighbour are asked whether they hear it. Pure.
 * The shortest way to another observer often leads through the very hub that is in doubt, so a probe goes over the link
 * with that observer, or over one neighbour that has a link with it, and only else along routes.
 */
import type { HubId } from "../../core/ids.js";
import type { MessageOf } from "../../core/messages.js";
import type { ProbeBody, ProbeVerdict } from "../../core/messages-liveness.js";
import type { Rng } from "../../core/time.js";
import type { Sink } from "../part.js";
import type { DatagramPings } from "./datagram-pings.js";
import type { Heartbeats } from "./heartbeats.js";
import type { LivenessSettings } from "./settings.js";
import type { Asker, Watch } from "./watch.js";

/** Of one neighbour at a time; each of its other observers may ask once. */
const ASKERS_MAX = 8;

export interface Testimony {
  readonly subject: HubId;
  readonly verdict: ProbeVerdict;
  readonly witness: HubId;
  /** Who brought the words: the witness, or the neighbour that handed them on. */
  readonly voice: HubId;
}

export class Probes {
  constructor(
    readonly self: HubId,
    readonly settings: LivenessSettings,
    readonly sink: Sink,
    readonly beats: Heartbeats,
    readonly datagrams: DatagramPings,
  ) {}

  /** @param isGone hubs that need not be asked. */
  start(subject: HubId, watchers: readonly HubId[], isGone: (hub: HubId) => boolean, rng: Rng): void {
    const others = watchers.filter((hub) => hub !== this.self && hub !== subject && !isGone(hub));
    if (others.length === 0) return;
    const turn = (rng(1)[0] ?? 0) % others.length;
    const inTurn = [...others.slice(turn), ...others.slice(0, turn)];
    const direct = inTurn.filter((hub) => this.beats.get(hub) !== undefined);
    const rest = inTurn.filter((hub) => this.beats.get(hub) === undefined);
    const relayed = rest.filter((hub) => this.beats.between(hub, subject) !== undefined);
    const routed = rest.filter((hub) => this.beats.between(hub, subject) === undefined);
    for (const witness of [...direct, ...relayed, ...routed].slice(0, this.settings.probesMax))
      this.#send({ hub: witness, via: this.beats.between(witness, subject) }, { type: "PROBE", subject });
  }

  /** @returns what a witness says, when that is what came. */
  onProbe(from: HubId, body: ProbeBody, nowMs: number): Testimony | undefined {
    if (body.to !== undefined && body.to !== this.self) {
      this.#handOn(from, body, body.to);
      return undefined;
    }
    const author = body.by ?? from;
    if (body.subject === this.self && body.verdict === "silent") {
      const watch = body.by === undefined ? this.beats.get(from) : undefined;
      if (watch !== undefined) watch.parted = true;
      return undefined;
    }
    if (body.verdict !== undefined)
      return { subject: body.subject, verdict: body.verdict, witness: author, voice: from };
    this.question({ hub: author, via: body.by === undefined ? undefined : from }, body.subject, nowMs);
    return undefined;
  }

  /** The last word on a link that this hub gives up for silent: whoever reads it knows that the end of the link is no death. */
  part(hub: HubId): void {
    this.sink.send(hub, { type: "PROBE", subject: hub, verdict: "silent" });
    this.sink.notice({ type: "silent", hub });
  }

  /** Tells those that asked. */
  answer(watch: Watch, verdict: ProbeVerdict): void {
    const { askers } = watch;
    watch.askers = undefined;
    for (const asker of askers ?? []) this.#send(asker, { type: "PROBE", subject: watch.hub, verdict });
  }

  /** Somebody doubts that a neighbour lives. */
  question(asker: Asker, subject: HubId, nowMs: number): void {
    if (subject === this.self) return this.#send(asker, { type: "PROBE", subject, verdict: "alive" });
    const watch = this.beats.get(subject);
    if (watch === undefined) {
      this.sink.count("mesh.liveness.probeOfStranger");
      return;
    }
    watch.askers ??= [];
    if (watch.askers.length >= ASKERS_MAX) this.sink.count("mesh.liveness.askersMax");
    else if (!watch.askers.some((other) => other.hub === asker.hub)) watch.askers.push(asker);
    if (watch.misses >= this.settings.accuseAfterMisses) this.answer(watch, "silent");
    else {
      // However fresh the last word of it is, it came before what made others ask.
      watch.disturbed = true;
      this.beats.ask(watch, nowMs);
      this.datagrams.press(watch, nowMs);
    }
  }

  /** One neighbour in between, never more. */
  #handOn(from: HubId, { subject, verdict, by }: ProbeBody, to: HubId): void {
    if (by !== undefined || this.beats.get(to) === undefined) {
      this.sink.count("mesh.liveness.probeNotHandedOn");
      return;
    }
    this.sink.send(to, { type: "PROBE", subject, by: from, ...(verdict === undefined ? {} : { verdict }) });
  }

  #send({ hub, via }: Asker, probe: MessageOf<"PROBE">): void {
    if (this.beats.get(hub) !== undefined) this.sink.send(hub, probe);
    else if (via !== undefined) this.sink.send(via, { ...probe, to: hub });
    else this.sink.route(hub, probe);
  }
}
