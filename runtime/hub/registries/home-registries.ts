/**
 * What this hub tells its home and learns of it by the replicated registries: who is a member, what each offers, what an owner
 * has set. They work as long as the hub has a home; without one nothing is believed and nothing written.
 */
import { asMindosError, MindosError } from "../../core/errors.js";
import type { HomeRegistryApi, HomeSetting, MemberListing, Presence } from "../../core/home-registry.js";
import { type HubId, shortId } from "../../core/ids.js";
import type { HubAddress, MemberState } from "../../core/mesh.js";
import type { AdvertBody } from "../../core/messages.js";
import type { StateEntry } from "../../core/messages-state.js";
import type { RegistrySpec } from "../../mesh/state/registries.js";
import { advertContent, CONTENT_BYTES_MAX, memberContent } from "../../wire/registry-entry.js";
import type { MeshDriver } from "../mesh-driver.js";
import type { Opened } from "../parts.js";
import { EntryAuthority } from "./authority.js";
import { EntryStore } from "./entry-store.js";
import { HomeSettings } from "./home-settings.js";
import { OwnEntries } from "./own-entries.js";
import { HOME_NAME, hubSetting, settingMeant } from "./setting-names.js";
import { ADVERTS, MEMBERS, registrySpecs, SETTINGS } from "./specs.js";

export interface HomeRegistriesOptions {
  readonly opened: Pick<Opened, "clock" | "counters" | "identity" | "keeper" | "name" | "store">;
  readonly driver: () => MeshDriver;
  /** Where this hub's links may be dialled now. */
  readonly addresses: () => readonly HubAddress[];
  readonly onProblem: (error: MindosError) => void;
}

export class HomeRegistries {
  /** For the node, which is made with them. */
  readonly specs: readonly RegistrySpec[];
  readonly api: HomeRegistryApi = {
    members: () => this.members(),
    settings: () => this.#settings.all(),
    set: (name, value) => this.#set(name, value),
  };
  readonly #options: HomeRegistriesOptions;
  readonly #authority: EntryAuthority;
  readonly #own: OwnEntries;
  readonly #settings: HomeSettings;
  readonly #store: EntryStore;
  /** When this hub saw members go. Unit: wall ms. */
  readonly #away = new Map<HubId, number>();
  readonly #numbers: Readonly<Record<string, number>>;
  #room: string | undefined;

  constructor(options: HomeRegistriesOptions) {
    this.#options = options;
    const { clock, counters, identity, keeper, store } = options.opened;
    const wallMs = (): number => clock.wallMs();
    this.#authority = new EntryAuthority({ identity, membership: () => keeper.membership, wallMs });
    this.specs = registrySpecs(this.#authority, wallMs);
    this.#numbers = Object.fromEntries(this.specs.map(({ name, number }) => [name, number]));
    const { driver } = options;
    const { epoch, hub: self } = identity;
    this.#own = new OwnEntries({ self, epoch, authority: this.#authority, driver, clock, counters });
    this.#settings = new HomeSettings(this.#authority, driver);
    this.#store = new EntryStore(store, counters);
  }

  /** What this hub is called: by its home's settings, else by its own. */
  get name(): string {
    return this.#settings.nameOf(this.#options.opened.identity.hub) ?? this.#options.opened.name;
  }

  /** In which room it stands; kept, since every reading asks. */
  get room(): string | undefined {
    return this.#room;
  }

  /** What an earlier run, or an earlier node of this one, held. @returns hands it over at once, before any link opens. */
  async load(): Promise<() => void> {
    const { entries, away } = await this.#store.load();
    return () => this.#restore(entries, away);
  }

  #restore(entries: readonly StateEntry[], away: Iterable<readonly [HubId, number]>): void {
    for (const [hub, sinceWallMs] of away) this.#away.set(hub, sinceWallMs);
    const driver = this.#options.driver();
    driver.restoreEntries(entries);
    const held = new Set<Uint8Array>();
    for (const { name } of this.specs) for (const { value } of driver.registries.entries(name)) held.add(value);
    for (const entry of entries) if (!held.has(entry.value)) this.#store.drop(entry);
    this.#applySettings();
  }

  /** Once a second. @param advert what this hub offers now. */
  tick(advert: AdvertBody): void {
    const { driver, opened } = this.#options;
    const addresses = this.#options.addresses();
    // Before its door is open nobody hears it, and the first entry would be a wrong one.
    if (!opened.keeper.hasHome || addresses.length === 0) return;
    this.#own.want(MEMBERS, memberContent.encode({ name: this.name, addresses }));
    this.#own.want(ADVERTS, fittingAdvert(advert));
    if (this.#away.size > 0) this.#forgetStrangers(driver());
  }

  /** Something new in a registry. */
  onEntry(entry: StateEntry): void {
    if (entry.registry === this.#numbers[ADVERTS]) return this.#onAdvert(entry);
    this.#store.keep(entry);
    if (entry.registry === this.#numbers[SETTINGS]) this.#applySettings();
  }

  onHubState(hub: HubId, state: MemberState): void {
    const isAway = state === "dead" || state === "left";
    if (isAway === this.#away.has(hub) || (isAway && !this.isMember(hub))) return;
    const sinceWallMs = isAway ? this.#options.opened.clock.wallMs() : undefined;
    if (sinceWallMs === undefined) this.#away.delete(hub);
    else this.#away.set(hub, sinceWallMs);
    this.#store.keepAway(hub, sinceWallMs);
  }

  /** This hub first, then by name. */
  members(): MemberListing[] {
    const { registries } = this.#options.driver();
    const { hub: self } = this.#options.opened.identity;
    const listings = [...registries.entries(MEMBERS)].map((entry) => this.#listingOf(entry));
    return listings
      .filter((listing) => listing !== undefined)
      .sort((a, b) => Number(b.hub === self) - Number(a.hub === self) || order(a.name, b.name) || order(a.hub, b.hub));
  }

  /** @returns those names as the home's settings have them. */
  renamed<T extends Readonly<Record<string, string>>>(names: T): Record<string, string> {
    const given = Object.keys(names).map((hub) => [hub, this.#settings.nameOf(hub as HubId) ?? names[hub] ?? ""]);
    return Object.fromEntries(given);
  }

  async close(): Promise<void> {
    await this.#store.flush(false);
  }

  isMember(hub: HubId): boolean {
    return this.#options.driver().registries.get(MEMBERS, hub) !== undefined;
  }

  /** Who is a member no more, or was none: not to be remembered for ever. */
  #forgetStrangers({ registries }: MeshDriver): void {
    for (const hub of this.#away.keys()) {
      if (registries.get(MEMBERS, hub) !== undefined) continue;
      this.#away.delete(hub);
      this.#store.keepAway(hub, undefined);
    }
  }

  #onAdvert(entry: StateEntry): void {
    const opened = this.#authority.openOwn(entry);
    const advert = "problem" in opened ? undefined : advertContent.read(opened.content);
    const { driver, opened: own } = this.#options;
    if (advert !== undefined && advert.hub !== own.identity.hub) driver().offers(advert);
  }

  #listingOf(entry: StateEntry): MemberListing | undefined {
    const opened = this.#authority.openOwn(entry);
    const member = "problem" in opened ? undefined : memberContent.read(opened.content);
    if ("problem" in opened || member === undefined) return undefined;
    const { certificate, hub } = opened;
    const presence = this.#presenceOf(hub);
    const awaySinceWallMs = presence === "away" ? this.#away.get(hub) : undefined;
    const room = this.#settings.roomOf(hub);
    return {
      ...{ hub, name: this.#settings.nameOf(hub) ?? member.name, role: certificate.role, presence },
      ...(awaySinceWallMs === undefined ? {} : { awaySinceWallMs }),
      ...(room === undefined ? {} : { room }),
      addresses: member.addresses,
      ...{ issuedWallMs: certificate.issuedWallMs, expiresWallMs: certificate.expiresWallMs },
    };
  }

  #presenceOf(hub: HubId): Presence {
    if (hub === this.#options.opened.identity.hub) return "self";
    const { liveness, routes } = this.#options.driver().node.parts;
    const state = liveness.state(hub);
    if (state === "alive" || state === "suspect") return "here";
    // In a mesh of one cell every hub that is there is watched.
    return state !== undefined || routes.topLevel === 0 ? "away" : "elsewhere";
  }

  async #set(text: string, value: string): Promise<HomeSetting> {
    this.#options.opened.keeper.requireOwner();
    const members = this.members();
    const name = settingMeant(text, members);
    const namesake = members.find((member) => member.name === value.trim() && name !== hubSetting(member.hub, "name"));
    if (name.startsWith("hub.") && name.endsWith(".name") && namesake !== undefined)
      throw new MindosError("BAD_INPUT", `another hub (${shortId(namesake.hub)}) is called "${namesake.name}" already`);
    const entry = this.#settings.set(name, value);
    await this.#store.flush(true);
    return this.#settings.read(entry) as HomeSetting;
  }

  /** The home's papers carry its name to whoever joins next. */
  #applySettings(): void {
    this.#room = this.#settings.roomOf(this.#options.opened.identity.hub);
    const name = this.#settings.get(HOME_NAME);
    if (name === undefined) return;
    const { keeper } = this.#options.opened;
    keeper.rename(name).catch((error: unknown) => this.#options.onProblem(asMindosError(error)));
  }
}

/** Of many places with long names those at the end go, until the rest fits. */
function fittingAdvert(advert: AdvertBody): Uint8Array {
  const places = [...advert.places];
  for (;;) {
    const content = advertContent.encode({ ...advert, places });
    if (content.length <= CONTENT_BYTES_MAX || places.length === 0) return content;
    places.length = Math.floor(places.length * 0.75);
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
