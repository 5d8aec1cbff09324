/** What an owner has set for the whole home: the last write wins, by hybrid logical clocks. */

import { MindosError } from "../../core/errors.js";
import type { HomeSetting } from "../../core/home-registry.js";
import type { HubId } from "../../core/ids.js";
import type { StateEntry } from "../../core/messages-state.js";
import { SETTING_BYTES_MAX, settingContent } from "../../wire/registry-entry.js";
import { cleanText } from "../../wire/text.js";
import type { MeshDriver } from "../mesh-driver.js";
import type { EntryAuthority } from "./authority.js";
import { hubSetting, settingKey, settingNameOf } from "./setting-names.js";
import { SETTINGS } from "./specs.js";

export class HomeSettings {
  readonly #authority: EntryAuthority;
  readonly #driver: () => MeshDriver;

  constructor(authority: EntryAuthority, driver: () => MeshDriver) {
    this.#authority = authority;
    this.#driver = driver;
  }

  /** Those that have a value, by name. */
  all(): HomeSetting[] {
    const views = [...this.#driver().registries.entries(SETTINGS)].map((entry) => this.read(entry));
    return views
      .filter((view): view is HomeSetting => view !== undefined && view.value !== "")
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @returns undefined when it is not set. */
  get(name: string): string | undefined {
    const entry = this.#driver().registries.get(SETTINGS, settingKey(name));
    const value = entry === undefined ? undefined : this.read(entry)?.value;
    return value === "" ? undefined : value;
  }

  nameOf(hub: HubId): string | undefined {
    return this.get(hubSetting(hub, "name"));
  }

  roomOf(hub: HubId): string | undefined {
    return this.get(hubSetting(hub, "room"));
  }

  read(entry: StateEntry): HomeSetting | undefined {
    const opened = this.#authority.openOwners(entry);
    const name = settingNameOf(entry.key);
    if ("problem" in opened || name === undefined) return undefined;
    const value = settingContent.read(opened.content)?.value ?? "";
    return { name, value, wallMs: entry.major, by: opened.hub };
  }

  /** Writes and spreads it. This hub is an owner's.
   *  @param name a whole one. @param value "" takes the setting back.
   *  @returns the entry. @throws MindosError BAD_INPUT when there is no room */
  set(name: string, value: string): StateEntry {
    const driver = this.#driver();
    const { wallMs, counter } = driver.stamp();
    const head = {
      registry: driver.registries.spec(SETTINGS).number,
      key: settingKey(name),
      major: wallMs,
      minor: counter,
    };
    const clean = cleanText(value.trim(), SETTING_BYTES_MAX);
    const content = settingContent.encode(clean === "" ? {} : { value: clean });
    const entry = { ...head, value: this.#authority.sign(head, content) };
    try {
      driver.put(SETTINGS, entry);
    } catch (cause) {
      throw new MindosError("BAD_INPUT", `"${name}" cannot be set: ${String(cause)}`, { cause });
    }
    return entry;
  }
}
