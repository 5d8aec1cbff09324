/** What a home's settings are called: "home.name", "hub.ID.name", "hub.ID.room"; and as people type them. */
import { bytesToHex, hexToBytes } from "../../core/bytes.js";
import { MindosError } from "../../core/errors.js";
import { hubMeant, type Meaning, type NamedHubId } from "../../core/hub-meant.js";
import { type HubId, isHubId } from "../../core/ids.js";

export const HOME_NAME = "home.name";
const OF_HUBS = ["name", "room"] as const;
const MEANING: Meaning = { digitsMin: 4, unknownIds: false };

export type HubSetting = (typeof OF_HUBS)[number];

export function hubSetting(hub: HubId, setting: HubSetting): string {
  return `hub.${hub}.${setting}`;
}

export function isSettingName(name: string): boolean {
  if (name === HOME_NAME) return true;
  const [kind, hub = "", setting, more] = name.split(".");
  return kind === "hub" && isHubId(hub) && isOfHubs(setting) && more === undefined;
}

/** A registry's key is hex of the name's bytes. */
export function settingKey(name: string): string {
  return bytesToHex(new TextEncoder().encode(name));
}

/** @returns undefined when it is no setting's key. */
export function settingNameOf(key: string): string | undefined {
  const name = String.fromCharCode(...hexToBytes(key));
  return isSettingName(name) && settingKey(name) === key ? name : undefined;
}

export function isSettingKey(key: string): boolean {
  return settingNameOf(key) !== undefined;
}

/** @param text "name", or "HUB.name" and "HUB.room" with the hub's name, id or its first digits; or the whole name of a setting.
 *  @throws MindosError BAD_INPUT when no setting is meant, HUB_UNKNOWN when no or more than one hub is. */
export function settingMeant(text: string, hubs: readonly NamedHubId[]): string {
  if (text === "name") return HOME_NAME;
  if (isSettingName(text)) return text;
  const dot = text.lastIndexOf(".");
  const setting = text.slice(dot + 1);
  if (dot <= 0 || !isOfHubs(setting))
    throw new MindosError("BAD_INPUT", `no setting is called "${text}": there are name, HUB.name and HUB.room`);
  return hubSetting(hubMeant(text.slice(0, dot), hubs, MEANING), setting);
}

function isOfHubs(setting: string | undefined): setting is HubSetting {
  return (OF_HUBS as readonly (string | undefined)[]).includes(setting);
}
