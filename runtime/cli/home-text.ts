/** Members and settings of a home, as a terminal shows them. Pure. */
import type { HomeSetting, MemberListing } from "../core/home-registry.js";
import { shortId } from "../core/ids.js";
import { formatDuration, formatWall, hostPort } from "./format.js";
import { renderTable } from "./table.js";

/** @param nowWallMs what "for how long" is counted to. */
export function describeMembers(members: readonly MemberListing[], nowWallMs: number, columns: number): string {
  if (members.length === 0) return "No member is known here yet: this hub has just started.\n";
  const rows = members.map((member) => [
    member.name,
    shortId(member.hub),
    member.role,
    presenceOf(member, nowWallMs),
    member.room ?? "",
    member.addresses.map(({ host, port }) => hostPort(host, port)).join(", "),
  ]);
  const titles = ["NAME", "ID", "ROLE", "PRESENCE", "ROOM"].map((title) => ({ title }));
  return `${renderTable([...titles, { title: "ADDRESS", flexible: true }], rows, columns).join("\n")}\n`;
}

/** Hubs are called by their names where they are members. */
export function describeSettings(
  settings: readonly HomeSetting[],
  members: readonly MemberListing[],
  columns: number,
): string {
  if (settings.length === 0) return "Nothing is set for this home. `mindos home set name NAME` names it.\n";
  const names = new Map(members.map(({ hub, name }) => [hub as string, name]));
  const rows = settings.map(({ by, name, value, wallMs }) => [
    settingText(name, names),
    value,
    formatWall(wallMs),
    names.get(by) ?? shortId(by),
  ]);
  const titles = [{ title: "SETTING" }, { title: "VALUE", flexible: true }, { title: "SET" }, { title: "BY" }];
  return `${renderTable(titles, rows, columns).join("\n")}\n`;
}

function presenceOf({ awaySinceWallMs, presence }: MemberListing, nowWallMs: number): string {
  if (presence === "self") return "this hub";
  return awaySinceWallMs === undefined ? presence : `away for ${formatDuration(nowWallMs - awaySinceWallMs)}`;
}

/** As `mindos home set` takes it. */
function settingText(name: string, names: ReadonlyMap<string, string>): string {
  const [, hub = "", setting = ""] = name.split(".");
  return name.startsWith("hub.") ? `${names.get(hub) ?? hub.slice(0, 8)}.${setting}` : "name";
}
