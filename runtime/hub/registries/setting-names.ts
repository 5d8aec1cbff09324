/** What a home's settings are called: "home.name", "hub.ID.name", "hub.ID.room"; and as people type them. */
import { bytesToHex, hexToBytes } from "../../core/bytes.js";
import { MindosError } from "../../core/errors.js";
import { type HubId, isHubId } from "../../core/ids.js";

export const HOME_NAME = "home.name";
const OF_HUBS = ["name", "room"] as const;
const PREFIX_DIGITS_MIN = 4;

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
export function settingMeant(text: string, hubs: readonly { readonly hub: HubId; readonly name: string }[]): string {
  if (text === "name") return HOME_NAME;
  if (isSettingName(text)) return text;
  const dot = text.lastIndexOf(".");
  const setting = text.slice(dot + 1);
  if (dot <= 0 || !isOfHubs(setting))
    throw new MindosError("BAD_INPUT", `no setting is called "${text}": there are name, HUB.name and HUB.room`);
  return hubSetting(hubMeant(text.slice(0, dot), hubs), setting);
}

/** @param text a name, an id, or the first digits of one.
 *  @throws MindosError HUB_UNKNOWN when no or more than one hub is meant. */
export function hubMeant(text: string, hubs: readonly { readonly hub: HubId; readonly name: string }[]): HubId {
  const digits = text.toLowerCase();
  const isPrefix = digits.length >= PREFIX_DIGITS_MIN && /^[0-9a-f]+$/.test(digits);
  const named = hubs.filter(({ name }) => name === text);
  const meant = named.length > 0 ? named : hubs.filter(({ hub }) => isPrefix && hub.startsWith(digits));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return only.hub;
  const why = meant.length > 1 ? "more than one hub is meant by" : "no hub of this home is known as";
  throw new MindosError("HUB_UNKNOWN", `${why} "${text}"`);
}

function isOfHubs(setting: string | undefined): setting is HubSetting {
  return (OF_HUBS as readonly (string | undefined)[]).includes(setting);
}
