/** The parts of one node, made and bound to each other. Pure. */
import type { HubId } from "../../core/ids.js";
import type { HubAddress, Locator, Neighbour } from "../../core/mesh.js";
import type { Message } from "../../core/messages.js";
import type { StateEntry } from "../../core/messages-state.js";
import type { RoutedFrame } from "../../core/routed.js";
import type { Rng } from "../../core/time.js";
import { Broadcast } from "../broadcast/broadcast.js";
import type { OriginAuthority } from "../broadcast/origin.js";
import type { Authority } from "../directory/authority.js";
import { Directory } from "../directory/directory.js";
import { Forwarder } from "../forwarding/forwarder.js";
import type { Ways } from "../forwarding/ways.js";
import type { SendDatagram } from "../liveness/datagram-pings.js";
import { type DownCause, Liveness } from "../liveness/liveness.js";
import { LIVENESS_DEFAULTS } from "../liveness/settings.js";
import type { StatementCrypto } from "../liveness/statement.js";
import { Outbox } from "../outbox/outbox.js";
import type { OutboxSink } from "../outbox/outbox-sink.js";
import { Overlay } from "../overlay/overlay.js";
import { PEERS_KEY } from "../overlay/peer-store.js";
import { OVERLAY_DEFAULTS } from "../overlay/settings.js";
import type { Part, Sink } from "../part.js";
import { LESSONS_KEY } from "../resilience/lessons.js";
import { Resilience } from "../resilience/resilience.js";
import { Routes } from "../routing/routes.js";
import { ROUTING_DEFAULTS } from "../routing/settings.js";
import type { Entry } from "../state/entry.js";
import type { RegistrySpec } from "../state/registries.js";
import { State } from "../state/state.js";
import type { Self } from "./hello.js";
import type { NodeInput } from "./inputs.js";
import { Lateness } from "./lateness.js";
import { PATIENT_DEFAULTS, Patient } from "./patient.js";

type Restoring = Extract<NodeInput, { type: "restore" | "restore-parcels" | "restore-entries" }>;

/** Formats and cryptography, passed in so that the node stays pure. */
export interface NodeCodecs {
  /** SHA-256, or in a simulation whatever spreads well. */
  readonly hash: (bytes: Uint8Array) => Uint8Array;
  /** A message as it travels in a broadcast. @throws when it cannot be sent. */
  readonly encode: (message: Message) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => Message | undefined;
  /** Absent: nothing is signed and everything believed (a simulation without hostile hubs). */
  readonly statements?: StatementCrypto;
  readonly places?: Authority;
  readonly broadcasts?: OriginAuthority;
  /** See `VerificationsOptions`. */
  readonly verified?: () => number;
  /** The wall clock at a monotonic time. Unit: ms. */
  readonly wallMs: (nowMs: number) => number;
  readonly registries: readonly RegistrySpec[];
  /** See `RegistriesOptions.sealed`. */
  readonly sealed?: WeakMap<StateEntry, Entry>;
}

export interface PartsOptions {
  readonly self: Self;
  readonly codecs: NodeCodecs;
  readonly sink: Sink;
  readonly datagram: SendDatagram;
  /** The time and randomness of the input that is being handled. */
  readonly now: () => number;
  readonly penalise: (via: HubId, untilMs: number) => void;
  readonly carry: (frame: RoutedFrame) => void;
  readonly lost: (frame: RoutedFrame) => void;
  readonly outbox: Pick<OutboxSink, "deliver" | "settled" | "write">;
  readonly rng: Rng;
  readonly stateChanged: (entry: StateEntry) => void;
}

/** How long the registries wait for a hub that is behind: of a crowd that starts on few processors the ways take as long. Unit: ms. */
const STATE_PAUSES_MS_MAX = 10_000;

export class Parts {
  readonly liveness: Liveness;
  readonly overlay: Overlay;
  readonly routes: Routes;
  readonly forwarder: Forwarder;
  readonly directory: Directory;
  readonly broadcast: Broadcast;
  readonly state: State;
  readonly outbox: Outbox;
  readonly resilience: Resilience;
  readonly lateness = new Lateness();
  /** All that keep time but liveness, in the order in which they tick: after it. */
  readonly others: readonly Part[];

  constructor(options: PartsOptions) {
    const { self, codecs, sink, now, penalise, carry, lost, rng } = options;
    const { hub, epoch } = self;
    this.liveness = new Liveness(hub, epoch, LIVENESS_DEFAULTS, sink, codecs.statements, options.datagram);
    this.overlay = new Overlay(self, sink);
    this.routes = new Routes(hub, ROUTING_DEFAULTS, sink);
    const ways = waysOf(this.routes, penalise);
    this.directory = new Directory({
      hub,
      epoch,
      ways,
      sink: { send: sink.send, count: sink.count, resolved: carry, unresolved: lost },
      authority: codecs.places,
    });
    this.forwarder = new Forwarder({
      hub,
      epoch,
      ways,
      known: (other) => this.directory.known(other, now()),
      forget: (other) => this.directory.invalidate(other, now()),
      sink,
    });
    this.broadcast = new Broadcast({
      self: hub,
      epoch,
      sink,
      inCell: (other) => this.routes.sharesCell(other),
      hash: codecs.hash,
      encode: codecs.encode,
      decode: codecs.decode,
      authority: codecs.broadcasts,
      vital: vitalityOf,
      reconciled: {
        concerns: (message) => message.type === "SYNC",
        isStale: (message) => message.type === "SYNC" && this.state.hasTold(message.entries),
        isPending: (other) => this.state.isToCompare(other),
      },
    });
    this.state = new State({
      self: hub,
      sink,
      registries: codecs.registries,
      ...(codecs.sealed === undefined ? {} : { sealed: codecs.sealed }),
      hash: codecs.hash,
      wallMs: codecs.wallMs,
      inCell: (other) => this.routes.sharesCell(other),
      publish: (scope, message, nowMs, _rng, except) => this.broadcast.publish(scope, message, nowMs, rng, except),
      changed: (_registry, entry) => options.stateChanged(entry),
    });
    this.outbox = new Outbox({
      hub,
      epoch,
      wallOffsetMs: codecs.wallMs(0),
      authority: codecs.broadcasts,
      sink: {
        route: sink.route,
        count: sink.count,
        learnt: (to, acknowledged) => this.forwarder.learn(to, acknowledged, now()),
        ...options.outbox,
      },
    });
    this.resilience = new Resilience(
      hub,
      sink,
      {
        patience: (other, factor) => this.liveness.setPatience(other, factor),
        probe: (other) => this.liveness.check(other, now()),
        avoid: penalise,
        standby: (hubs) => this.overlay.setStandby(hubs, now()),
      },
      {
        viewOf: (other) => this.overlay.viewOf(other),
        destinationsOver: (other) => this.routes.table().filter(({ via }) => via === other).length,
      },
    );
    // Without links there are no ways.
    const overlay = new Patient(this.overlay, this.lateness, PATIENT_DEFAULTS, () => this.#isNeedy);
    const state = new Patient(this.state, this.lateness, { ...PATIENT_DEFAULTS, pausesMsMax: STATE_PAUSES_MS_MAX });
    const resilience = new Patient(this.resilience, this.lateness);
    this.others = [overlay, this.routes, this.directory, this.broadcast, state, this.outbox, resilience];
  }

  neighbourUp(neighbour: Neighbour, addresses: readonly HubAddress[], nowMs: number, rng: Rng): void {
    const { hub } = neighbour;
    this.liveness.neighbourUp(neighbour, nowMs, rng);
    this.overlay.neighbourUp(neighbour, nowMs, rng, addresses);
    this.routes.neighbourUp(neighbour, nowMs, rng);
    this.broadcast.neighbourUp(neighbour, nowMs, rng);
    this.state.neighbourUp(neighbour, nowMs, rng);
    this.resilience.neighbourUp(hub, nowMs);
    this.outbox.reachable(hub, nowMs);
  }

  neighbourDown(hub: HubId, cause: DownCause, reason: string, nowMs: number, rng: Rng): void {
    const isParting = this.overlay.isParting(hub);
    // A silent link is cut here too, and is a loss; what was decided is none.
    this.resilience.neighbourDown(hub, isParting || (cause === "local" && reason !== "silent"), nowMs);
    this.liveness.neighbourDown(hub, isParting ? "local" : cause, nowMs, rng);
    this.overlay.neighbourDown(hub, nowMs, rng);
    this.routes.neighbourDown(hub, nowMs, rng);
    this.forwarder.neighbourDown(hub);
    this.directory.neighbourDown(hub);
    this.broadcast.neighbourDown(hub, nowMs, rng);
    this.state.neighbourDown(hub, nowMs, rng);
  }

  /** It has fewer links than keep it in the mesh should some be lost. */
  get #isNeedy(): boolean {
    return this.overlay.links().length < OVERLAY_DEFAULTS.linksMin;
  }

  /** Whoever was put out: what it has written counts no more, and nothing is kept for it. */
  prune(): void {
    this.state.prune();
    this.outbox.prune();
  }

  /** Says goodbye, and keeps what was learnt. */
  leave(nowMs: number): void {
    this.liveness.left();
    this.overlay.save(nowMs);
    this.resilience.save(nowMs);
  }

  /** What an earlier run kept, before any link opens. */
  restore(input: Restoring, nowMs: number): void {
    switch (input.type) {
      case "restore-parcels":
        return this.outbox.restore(input.entries, nowMs);
      case "restore-entries":
        for (const entry of input.entries) this.state.restore(entry, nowMs);
        return;
      case "restore":
        if (input.key === PEERS_KEY) this.overlay.restore(input.value, nowMs);
        else if (input.key === LESSONS_KEY) this.resilience.restore(input.value, nowMs);
    }
  }
}

/** Who is out, and what registries hold: each revocation may take two signatures to judge. */
function vitalityOf(message: Message): number {
  if (message.type === "REVOKE") return message.revocations.length;
  return message.type === "SYNC" ? 1 : 0;
}

function waysOf(routes: Routes, penalise: (via: HubId, untilMs: number) => void): Ways {
  return {
    get locator(): Locator {
      return routes.locator;
    },
    get topLevel(): number {
      return routes.topLevel;
    },
    cell: () => routes.cell(),
    regions: (level) => routes.regions(level),
    nextHop: (to, locator) => routes.nextHop(to, locator),
    nextHopTo: (level, unit) => routes.nextHopTo(level, unit),
    alternative: (to, locator, not) => routes.alternative(to, locator, not),
    penalise,
  };
}
