/** The mesh in plain words, the same on the page and in the terminal. Pure. */
import type { HubId } from "./ids.js";
import type { MemberState } from "./mesh.js";
import type { LinkPurpose } from "./mesh-status.js";
import type { HubState, HubView, MindosEvent } from "./status.js";

/** The same in the log, in tables, on the page and in the list of members. */
export const STATE_WORDS = {
  self: "this hub",
  alive: "here",
  suspect: "in doubt",
  dead: "away",
  left: "has left",
  putOut: "put out",
} as const satisfies Record<MemberState | HubState | "putOut", string>;

export function stateOf({ state, putOut }: Pick<HubView, "state" | "putOut">): keyof typeof STATE_WORDS {
  return putOut === true && state === "dead" ? "putOut" : state;
}

/** "3 hubs", "3 hubs, 1 away": who was put out is neither here nor missing. */
export function hubsCounted(hubs: readonly Pick<HubView, "state" | "putOut">[]): string {
  const away = hubsAway(hubs);
  const here = hubs.filter((view) => stateOf(view) !== "putOut").length - away;
  return `${counted(here, "hub")}${away > 0 ? `, ${away} away` : ""}`;
}

export function hubsAway(hubs: readonly Pick<HubView, "state" | "putOut">[]): number {
  return hubs.filter((view) => stateOf(view) === "dead").length;
}

/** @param unread messages that have arrived and that only a later version can read. @returns undefined: there are none. */
export function unreadWords(unread: number | undefined): string | undefined {
  if (unread === undefined || unread === 0) return undefined;
  return `${counted(unread, "message")} from newer hubs ${unread === 1 ? "waits" : "wait"} here unread: update MindOS on this hub.`;
}

export const PURPOSE_WORDS = {
  near: "near",
  random: "random",
  mesh: "all linked",
  standby: "standby",
  none: "theirs",
} as const satisfies Record<LinkPurpose, string>;

export interface MeshNews {
  readonly tone: "plain" | "good" | "bad";
  readonly text: string;
}

/** Hubs of one event that are named; of more the number is told. */
const NAMED_MAX = 3;

/** @returns undefined for an event that is not the mesh's. @param nameOf what to call a hub. */
export function meshNews(event: MindosEvent, nameOf: (hub: HubId) => string): MeshNews | undefined {
  switch (event.event) {
    case "link-up":
      return { tone: "good", text: `direct link to ${event.name === "" ? nameOf(event.peer) : event.name}` };
    case "link-down":
      return { tone: "bad", text: `link to ${nameOf(event.peer)} lost: ${event.reason}` };
    case "hub-state":
      return {
        tone: event.state === "alive" ? "good" : event.state === "dead" ? "bad" : "plain",
        text:
          event.state === "left"
            ? `${nameOf(event.hub)} has left`
            : `${nameOf(event.hub)} is ${STATE_WORDS[event.state]}`,
      };
    case "mesh-cut":
      return { tone: "bad", text: `${counted(event.hubs.length, "hub")} lost at once: ${list(event.hubs, nameOf)}` };
    case "cell":
      return { tone: "plain", text: `${counted(event.hubs.length, "hub")} in this cell` };
    case "locator": {
      const [cell] = event.locator;
      return {
        tone: "plain",
        text: cell === undefined ? "the mesh is one cell" : `now in the cell of ${nameOf(cell)}`,
      };
    }
    case "isolated":
      return event.isolated
        ? { tone: "bad", text: "cut off: most hubs are out of reach" }
        : { tone: "good", text: "no longer cut off" };
    case "revoked":
      return { tone: "bad", text: `put out of this home: ${list(event.hubs, nameOf) || "nobody"}` };
    default:
      return undefined;
  }
}

/** "1 hub", "3 hubs", "1,204 readings". */
export function counted(count: number, thing: string, things = `${thing}s`): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ",")} ${count === 1 ? thing : things}`;
}

function list(hubs: readonly HubId[], nameOf: (hub: HubId) => string): string {
  const named = hubs.slice(0, NAMED_MAX).map(nameOf).join(", ");
  return hubs.length > NAMED_MAX ? `${named} and ${hubs.length - NAMED_MAX} more` : named;
}
