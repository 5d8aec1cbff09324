/** This hub in its mesh: its home, the gate, the node with its links, and what people may ask of them. */

import type { Config } from "../config/config.js";
import type { AdmissionApi } from "../core/admission.js";
import type { BackboneApi } from "../core/backbone.js";
import { asMindosError, MindosError } from "../core/errors.js";
import type { HomeRegistryApi } from "../core/home-registry.js";
import type { HubId } from "../core/ids.js";
import type { Answer } from "../core/intent.js";
import type { HubAddress } from "../core/mesh.js";
import type { MeshApi, MeshStatus } from "../core/mesh-status.js";
import type { AdvertBody, Message } from "../core/messages.js";
import type { EncodedPayload } from "../core/routed.js";
import type { EventSink, HubStatus } from "../core/status.js";
import { BackboneList } from "../io/backbone/list.js";
import { hubIdOfKey, raiseEpoch, signaturesVerified, verifySignature } from "../io/home/identity.js";
import { RunQueue } from "../io/run-queue.js";
import { loadTlsIdentity, type TlsIdentity } from "../io/tls/identity.js";
import { statementCryptoOf } from "../mesh/liveness/statement.js";
import { meshStatus } from "../mesh/node/views.js";
import type { Outcome } from "../mesh/outbox/outbox-sink.js";
import type { MeshNotice } from "../mesh/part.js";
import type { HubAdmission, HubAdmissionOptions } from "./admission.js";
import { homeStatus } from "./home-status.js";
import type { HomesAbroad } from "./homes-abroad.js";
import { listeningHost } from "./interfaces.js";
import { InviterSearch } from "./inviter-search.js";
import { originAuthority, placesAuthority } from "./key-authority.js";
import { MeshDriver } from "./mesh-driver.js";
import { KEEP_PREFIX, readKept } from "./mesh-keeping.js";
import { type Network, startNetwork } from "./network.js";
import { OutboxDisk } from "./outbox-disk.js";
import { PapersWatch } from "./papers-watch.js";
import type { Opened } from "./parts.js";
import { meshWithPutOut } from "./put-out.js";
import { HomeRegistries } from "./registries/home-registries.js";
import { Standing } from "./standing.js";

export interface HubMeshOptions {
  readonly config: Config;
  readonly opened: Opened;
  readonly emit: EventSink;
  readonly onMessage: (from: HubId, message: Message, proven: boolean, isAcknowledged: boolean) => void;
  /** What became of a reliable message of this hub, perhaps of an earlier run. */
  readonly onSettled: (to: HubId, content: EncodedPayload, outcome: Outcome) => void;
  readonly onHubUp: (hub: HubId) => void;
  readonly onHubDead: (hub: HubId) => void;
  /** Who shares this hub's cell now, itself among them. */
  readonly onCell: (hubs: readonly HubId[]) => void;
  /** Puts a question to this home. */
  readonly ask: (question: string, timeoutMs: number) => Promise<Answer>;
  readonly onProblem: (error: MindosError) => void;
}

const BOOT_BYTES = 8;
export class HubMesh {
  readonly driver: MeshDriver;
  readonly disk: OutboxDisk;
  /** For people. */
  readonly api: MeshApi = {
    status: () => this.#meshStatus(),
    ping: (hub, timeoutMs) => this.driver.ping(hub, timeoutMs),
  };
  readonly #options: HubMeshOptions;
  readonly #search: InviterSearch;
  readonly #standing: Standing;
  readonly #papers: PapersWatch;
  readonly #registries: HomeRegistries;
  #admission: HubAdmission | undefined;
  #backbones: BackboneList | undefined;
  #abroad: HomesAbroad | undefined;
  #addresses: readonly HubAddress[] = [];
  #network: Promise<Network> | undefined;
  #unlinked: Promise<void> | undefined;
  #tls: Promise<TlsIdentity> | undefined;

  constructor(options: HubMeshOptions) {
    this.#options = options;
    this.disk = new OutboxDisk(options.opened.store, (error) => options.onProblem(asMindosError(error)));
    this.#registries = new HomeRegistries({
      opened: options.opened,
      driver: () => this.driver,
      addresses: () => this.#addresses,
      onProblem: options.onProblem,
    });
    this.driver = this.#createDriver();
    options.opened.gate.listed = (hub) => this.#registries.isMember(hub);
    this.#standing = new Standing({
      epoch: options.opened.identity.epoch,
      clock: options.opened.clock,
      raise: (epoch) => this.#raise(epoch),
      fallSilent: () => this.#fallSilent(),
      onProblem: options.onProblem,
    });
    const { clock, counters, gate, keeper, rng } = options.opened;
    this.#papers = new PapersWatch({
      ...{ keeper, gate, clock, counters, onProblem: options.onProblem },
      neighbours: () => this.driver.node.links.neighbours().map(({ hub }) => hub),
      send: (to, message) => this.driver.send(to, message),
      broadcast: (message) => this.driver.tellAll(message),
      cut: (hub) => this.driver.cut(hub),
    });
    this.#search = new InviterSearch({ host: listeningHost(options.config.linkHost), clock, counters, rng });
  }

  /** Undefined until `start`. */
  get admission(): AdmissionApi | undefined {
    return this.#admission;
  }

  /** Undefined until `start`. */
  get backbone(): BackboneApi | undefined {
    return this.#backbones;
  }

  /** Who is in the home, and what is set for it. */
  get registry(): HomeRegistryApi {
    return this.#registries.api;
  }

  /** What this hub is called: an owner may say so for the home. */
  get name(): string {
    return this.#registries.name;
  }

  /** In which room it stands, where that is set for the home. */
  get room(): string | undefined {
    return this.#registries.room;
  }

  /** Once a second. @param advert what this hub offers now. */
  offer(advert: AdvertBody): void {
    this.#registries.tick(advert);
  }

  /** What `HubStatus` says of it. */
  status(): Pick<HubStatus, "linkPort" | "home" | "homeProblem" | "homeRemedy" | "unread"> {
    const { unread } = this.driver.node.parts.outbox;
    return {
      ...{ linkPort: this.#addresses[0]?.port, ...homeStatus(this.#options.opened.keeper.view()) },
      ...(unread > 0 && { unread }),
    };
  }

  #meshStatus(): MeshStatus {
    const { clock, gate, keeper } = this.#options.opened;
    const { node, ownLoad, traffic } = this.driver;
    const home = keeper.view();
    const nowMs = clock.nowMs();
    const status = meshStatus(node, {
      ...(home === undefined ? {} : { home: { name: home.name, role: home.role, problem: home.problem } }),
      ...(ownLoad === undefined ? {} : { load: ownLoad }),
      traffic: traffic.view(nowMs),
      nowMs,
    });
    return meshWithPutOut({ ...status, names: this.#registries.renamed(status.names) }, gate);
  }

  /** Inviting and joining; and links, when the hub has a home, otherwise once it has one. */
  async start(): Promise<void> {
    const { HubAdmission } = await import("./admission.js");
    this.#admission ??= new HubAdmission(this.#admissionOptions());
    this.#backbones ??= await this.#openBackbones();
    await this.#link();
  }

  async #link(): Promise<void> {
    const { keeper } = this.#options.opened;
    if (!keeper.hasHome) return;
    if (keeper.unreadable !== undefined) throw keeper.unreadable;
    if (keeper.view()?.problem === "revoked") throw new MindosError("HUB_REVOKED", "this hub was put out of its home");
    this.#network ??= this.#openNetwork();
    await this.#network;
    this.#papers.start();
  }

  async #openNetwork(): Promise<Network> {
    const { config, opened, emit, onProblem } = this.#options;
    await this.#restore(() => undefined);
    this.#abroad = await this.#openAbroad();
    return startNetwork({
      ...{
        backbones: this.#backbones,
        abroad: this.#abroad,
        config,
        opened,
        emit,
        onProblem,
        mesh: this.driver,
        tls: await this.#tlsIdentity(),
      },
      homeTag: opened.keeper.papers.home.slice(0, 8),
      reachableAt: (addresses) => {
        this.#addresses = addresses;
        emit({ event: "home-open", home: opened.keeper.papers.name, addresses });
      },
    });
  }

  /** On disk before it is used, as at a start. */
  async #raise(epoch: number): Promise<void> {
    await raiseEpoch(this.#options.opened.dataDir.path, epoch);
    await this.disk.settled;
    await this.#registries.close(); // what it would write a moment later
    await this.#restore(() => this.driver.beginAnew(epoch));
  }

  /** All that is kept at once, before any link opens. @param before just ahead of it. */
  async #restore(before: () => void): Promise<void> {
    const restore = await readKept(this.#options.opened.store);
    const restoreRegistries = await this.#registries.load();
    before();
    restore(this.driver);
    restoreRegistries();
  }

  #fallSilent(): void {
    this.#options.opened.keeper.outside = "cloned";
    void this.#unlink();
  }

  #unlink(): Promise<void> {
    this.#unlinked ??= (async () => {
      const network = await this.#network?.catch(() => undefined);
      await network?.stop();
    })();
    return this.#unlinked;
  }

  async stop(): Promise<void> {
    this.#admission?.stop();
    this.#papers.stop();
    await this.#search.stop();
    // A goodbye is signed: it would be said in the name of the other copy, too.
    if (!this.#standing.isCloned) await this.driver.leave();
    await this.#unlink();
    this.driver.stop();
    await this.#registries.close().catch(() => this.#options.opened.counters.count("mesh.registryUnsaved"));
    await this.#options.opened.gate.close();
    await this.#options.opened.keeper.close();
  }

  /** A damaged list must not keep the hub from its neighbours. */
  #openBackbones(): Promise<BackboneList | undefined> {
    const { emit, onProblem, opened } = this.#options;
    const opening = BackboneList.open(opened.dataDir.path, (note) => emit({ event: "repaired", note }));
    return opening.catch((error: unknown) => {
      onProblem(asMindosError(error));
      return undefined;
    });
  }

  /** Loaded once there is a home: before, there is nobody to deal with. */
  async #openAbroad(): Promise<HomesAbroad | undefined> {
    const { ask, emit, onProblem, opened } = this.#options;
    const [backbones, { clock, counters, dataDir, keeper, rng }] = [this.#backbones, opened];
    if (backbones === undefined) return undefined;
    try {
      const { HomesAbroad } = await import("./homes-abroad.js");
      const abroad = await HomesAbroad.open({
        ...{ dir: dataDir.path, self: this.driver.node.self, keeper, clock, rng, counters, ask, onProblem },
        changed: () => backbones.restart(),
        onRepair: (note) => emit({ event: "repaired", note }),
      });
      backbones.homes = abroad;
      return abroad;
    } catch (error) {
      onProblem(asMindosError(error));
      return undefined;
    }
  }

  #tlsIdentity(): Promise<TlsIdentity> {
    const { dataDir, identity } = this.#options.opened;
    this.#tls ??= loadTlsIdentity(identity, dataDir.path);
    return this.#tls;
  }

  #createDriver(): MeshDriver {
    const { opened, emit, onHubUp, onMessage, onProblem, onSettled } = this.#options;
    const { clock, counters, identity, rng, store } = opened;
    const registries = this.#registries;
    const keys = {
      publicKey: identity.publicKey,
      hubIdOf: hubIdOfKey,
      sign: (message: Uint8Array) => identity.sign(message),
      verify: verifySignature,
    };
    const addresses = (): readonly HubAddress[] => this.#addresses;
    return new MeshDriver({
      self: {
        ...{ hub: identity.hub, epoch: identity.epoch, boot: rng(BOOT_BYTES) },
        get name() {
          return registries.name;
        },
        get addresses() {
          return addresses();
        },
      },
      gate: opened.gate,
      crypto: {
        ...{ statements: statementCryptoOf(keys), places: placesAuthority(keys) },
        broadcasts: originAuthority(keys, opened.gate),
        verified: signaturesVerified,
      },
      ...{ clock, rng, counters, registries: registries.specs, runQueue: new RunQueue() },
      events: {
        message: (from, message, ...how) =>
          message.type === "ADMIT" ? this.#papers.onAdmit(from, message, how[0]) : onMessage(from, message, ...how),
        linkUp: (hub, hubName) => {
          emit({ event: "link-up", peer: hub, name: hubName });
          this.#standing.linked(hub);
          this.#papers.linkUp(hub);
          onHubUp(hub);
        },
        linkDown: (hub, reason) => {
          this.#standing.linked(hub);
          emit({ event: "link-down", peer: hub, reason });
        },
        notice: (notice) => this.#onNotice(notice),
        told: (by, proven, error) => this.#standing.onTold(by, proven, this.driver.node.self.epoch, error),
        keep: (key, value) =>
          void store
            .write([{ type: "put", key: KEEP_PREFIX + key, value }], { durable: false })
            .catch(() => counters.count("mesh.unkept")),
        write: (operations) => this.disk.write(operations),
        settled: (to, content, outcome) => {
          counters.count(`mesh.outbox.${outcome}`);
          onSettled(to, content, outcome);
        },
        unsendable: (type, why) => {
          counters.count("wire.unsendable");
          onProblem(new MindosError("INTERNAL", `${type} could not be sent: ${why}`));
        },
      },
    });
  }

  #admissionOptions(): HubAdmissionOptions {
    const { config, emit, opened, onProblem } = this.#options;
    const { clock, counters, identity, keeper, name, rng } = opened;
    return {
      ...{ keeper, hubName: name, host: listeningHost(config.linkHost), clock, rng, counters },
      tlsIdentity: () => this.#tlsIdentity(),
      ...(config.discovery
        ? { announce: (port) => this.#search.announce(port), findInviter: () => this.#search.find() }
        : {}),
      knownHubs: () => [{ hub: identity.hub, name: this.name }, ...this.#knownHubs()],
      onRevoked: (revocations) => this.driver.revoke(revocations),
      onHome: () => this.#link().catch((error: unknown) => onProblem(asMindosError(error, "links: "))),
      onInvitations: (open) => emit({ event: "invitations", open }),
      addresses: () => this.#addresses,
      onProblem,
    };
  }

  /** The others that are members, and those that this hub has met and whose entry has not come yet. */
  #knownHubs(): { readonly hub: HubId; readonly name: string }[] {
    const members = this.#registries.members().filter(({ presence }) => presence !== "self");
    const listed = new Set(members.map(({ hub }) => hub));
    const met = [...this.driver.node.names.values()].filter(({ hub }) => !listed.has(hub));
    return [...members, ...met].map(({ hub, name }) => ({ hub, name }));
  }

  #onNotice(notice: MeshNotice): void {
    const { opened, emit, onHubDead } = this.#options;
    switch (notice.type) {
      case "state":
        return this.#registries.onEntry(notice.entry);
      case "hub-state":
        this.#registries.onHubState(notice.hub, notice.state);
        emit({ event: "hub-state", hub: notice.hub, state: notice.state });
        if (notice.state === "dead" || notice.state === "left") onHubDead(notice.hub);
        return;
      case "cut":
        return emit({ event: "mesh-cut", hubs: notice.hubs });
      case "cell":
        this.#options.onCell(notice.hubs);
        return emit({ event: "cell", hubs: notice.hubs });
      case "locator":
        return emit({ event: "locator", locator: notice.locator });
      case "isolated":
        return emit({ event: "isolated", isolated: notice.isolated });
      case "revoked":
        emit({ event: "revoked", hubs: opened.keeper.membership?.revokedHubs() ?? [] });
        this.#checkOwnPapers();
        this.#abroad?.revoked([notice.revocation]);
        void opened.keeper.saveRevocations().catch(() => undefined); // told by the keeper, and tried again
        return;
    }
  }

  /** This hub itself may be the one that is out. */
  #checkOwnPapers(): void {
    const { opened, onProblem } = this.#options;
    if (opened.keeper.membership?.ownProblem(opened.clock.wallMs()) !== "revoked") return;
    onProblem(new MindosError("HUB_REVOKED", "this hub was put out of its home; it ends its links"));
    void this.#unlink();
  }
}
