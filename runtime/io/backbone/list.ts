/** The brokers that this hub meets others at: the list on disk, and those that are open. Not pure: a file, connections. */
import type { BackboneApi, BackboneView, NewBackbone } from "../../core/backbone.js";
import { MindosError } from "../../core/errors.js";
import type { HomesApi } from "../../core/homes.js";
import type { HubId } from "../../core/ids.js";
import type { HomeId } from "../../core/membership.js";
import { parseBrokerUrl } from "./address.js";
import type { Backbone, BackboneOptions, OtherMeeting } from "./backbone.js";
import { BACKBONES_MAX, checkBackbone, readBackbones, type StoredBackbone, writeBackbones } from "./file.js";

/** What every backbone of a hub is given. */
export type BackboneGround = Omit<BackboneOptions, "account" | "others"> & {
  /** Asked at every start of a backbone. */
  readonly others?: () => readonly Omit<OtherMeeting, "isLinkedElsewhere">[];
};

export class BackboneList implements BackboneApi {
  /** Set by whoever deals with other homes. */
  homes: HomesApi | undefined;
  readonly #directory: string;
  #accounts: readonly StoredBackbone[];
  readonly #open = new Map<string, Backbone>();
  #ground: BackboneGround | undefined;
  /** One change at a time. */
  #changed: Promise<unknown> = Promise.resolve();

  private constructor(directory: string, accounts: readonly StoredBackbone[]) {
    this.#directory = directory;
    this.#accounts = accounts;
  }

  /** @throws MindosError BACKBONE_INVALID */
  static async open(directory: string, onRepair: (note: string) => void): Promise<BackboneList> {
    return new BackboneList(directory, await readBackbones(directory, onRepair));
  }

  /** Connects to each, and from now on to those that are added. */
  async start(ground: BackboneGround): Promise<void> {
    this.#ground = ground;
    for (const account of this.#accounts) await this.#connect(account);
  }

  /** Which homes are met has changed: every broker is joined anew. */
  restart(): Promise<void> {
    return this.#change(async () => {
      for (const account of this.#accounts) {
        this.#disconnect(account.url);
        await this.#connect(account);
      }
    });
  }

  stop(): void {
    this.#ground = undefined;
    for (const backbone of this.#open.values()) backbone.stop();
    this.#open.clear();
  }

  isLinked(hub: HubId): boolean {
    for (const backbone of this.#open.values()) if (backbone.isLinked(hub)) return true;
    return false;
  }

  /** A direct link has come or gone. */
  reconsider(): void {
    for (const backbone of this.#open.values()) backbone.reconsider();
  }

  backbones(): readonly BackboneView[] {
    return this.#accounts.map((account) => this.#viewOf(account));
  }

  addBackbone(given: NewBackbone): Promise<BackboneView> {
    return this.#change(async () => {
      const account = checkBackbone(given);
      const others = this.#accounts.filter(({ url }) => url !== account.url);
      if (others.length >= BACKBONES_MAX) {
        throw new MindosError("BACKBONES_FULL", `this hub uses ${BACKBONES_MAX} brokers already`);
      }
      await this.#keep([...others, account]);
      this.#disconnect(account.url);
      await this.#connect(account);
      return this.#viewOf(account);
    });
  }

  removeBackbone(target: string): Promise<BackboneView> {
    return this.#change(async () => {
      const account = this.#accounts.find(
        ({ name, url }) => name === target || url === target || url === urlOf(target),
      );
      if (account === undefined) throw new MindosError("BACKBONE_UNKNOWN", "this hub uses no such broker");
      await this.#keep(this.#accounts.filter((one) => one !== account));
      this.#disconnect(account.url);
      return { ...this.#viewOf(account), state: "idle" };
    });
  }

  async #keep(accounts: readonly StoredBackbone[]): Promise<void> {
    await writeBackbones(this.#directory, accounts);
    this.#accounts = accounts;
  }

  async #connect(account: StoredBackbone): Promise<void> {
    if (this.#ground === undefined) return;
    const { Backbone } = await import("./backbone.js");
    // It may have been stopped, or the list changed, meanwhile.
    const ground = this.#ground;
    if (ground === undefined || !this.#accounts.includes(account) || this.#open.has(account.url)) return;
    const { others, ...common } = ground;
    const backbone: Backbone = new Backbone({
      ...common,
      others: others?.().map((other) => ({
        ...other,
        isLinkedElsewhere: (hub) => this.#isLinkedAbroad(backbone, other.home, hub),
      })),
      account,
      isLinkedElsewhere: (hub) => ground.isLinkedElsewhere(hub) || this.#isLinkedBeside(backbone, hub),
    });
    this.#open.set(account.url, backbone);
  }

  #disconnect(url: string): void {
    this.#open.get(url)?.stop();
    this.#open.delete(url);
  }

  #isLinkedBeside(self: Backbone, hub: HubId): boolean {
    for (const backbone of this.#open.values()) if (backbone !== self && backbone.isLinked(hub)) return true;
    return false;
  }

  #isLinkedAbroad(self: Backbone, home: HomeId, hub: HubId): boolean {
    for (const backbone of this.#open.values())
      if (backbone !== self && backbone.isLinkedAbroad(home, hub)) return true;
    return false;
  }

  #viewOf({ name, url, user }: StoredBackbone): BackboneView {
    const open = this.#open.get(url);
    if (open !== undefined) return open.view();
    const shown = { url, ...(name === undefined ? {} : { name }), ...(user === undefined ? {} : { user }) };
    return { ...shown, state: "idle", met: 0, links: [], others: [] };
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#changed.then(change);
    this.#changed = turn.catch(() => undefined);
    return turn;
  }
}

/** As it is listed; undefined when it is a name. */
function urlOf(text: string): string | undefined {
  try {
    return parseBrokerUrl(text).url;
  } catch {
    return undefined;
  }
}
