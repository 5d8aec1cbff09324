/** Events as lines for people: one per event, none for figures that change all the time. Pure. */
import { type HubId, shortId } from "../core/ids.js";
import { counted, meshNews } from "../core/mesh-words.js";
import type { MindosEvent } from "../core/status.js";
import { formatDuration, formatLatest, hostPort, plain } from "./format.js";

export type Level = "error" | "warn" | "info" | "debug";
const RANKS: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

export interface EventLine {
  readonly level: Level;
  readonly text: string;
}

export function isShown(line: EventLine, level: Level): boolean {
  return RANKS[line.level] <= RANKS[level];
}

/** The remedy stands on a line of its own. @param nameOf what to call a hub that an event names by its id. */
export function describeEvent(event: MindosEvent, nameOf: (hub: HubId) => string = shortId): EventLine {
  switch (event.event) {
    case "hub-started": {
      const { name, hub, mqttPort, url, startMs } = event;
      return info(
        `hub ${plain(name)} (${shortId(hub)}) runs after ${formatDuration(startMs)}, mqtt port ${mqttPort}; its page:\n${url}`,
      );
    }
    case "hub-stopped":
      return info(`hub ${nameOf(event.hub)} has stopped`);
    case "peer-found":
      return {
        level: "debug",
        text: `found ${nameOf(event.peer)} at ${plain(event.host)}:${event.port} by ${plain(event.via)}`,
      };
    case "link-up":
      return info(`link to ${plain(event.name)} (${shortId(event.peer)}) is up`);
    case "link-down":
      return { level: "warn", text: `link to ${nameOf(event.peer)} is down: ${plain(event.reason)}` };
    case "hub-state":
    case "mesh-cut":
    case "cell":
    case "locator":
    case "isolated":
    case "revoked":
      return describeMeshNews(event, nameOf);
    case "home-open":
      return info(
        `in the home ${plain(event.home)}: its hubs come in at ${event.addresses.map(({ host, port }) => hostPort(host, port)).join(", ")}`,
      );
    case "invitations":
      return info(event.open === 0 ? "no invitation is open any more" : `${counted(event.open, "invitation")} open`);
    case "source":
      return {
        level: event.state === "unavailable" ? "warn" : "info",
        text: `${event.origin} source ${plain(event.name)}: ${event.state}${event.note === undefined ? "" : ` (${plain(event.note)})`}`,
      };
    case "sensor-heard":
      return info(`heard ${sensorTitle(event.sensor)}: ${formatLatest(event.sensor.latest) || "no value yet"}`);
    case "detection": {
      const { detection } = event;
      const when = detection.endedWallMs === undefined ? "unusual" : "over";
      const mark = detection.origin === "replay" ? " [replay]" : "";
      return {
        level: "warn",
        text: `${when}${mark}: ${plain(detection.summary)} (score ${detection.score.toFixed(2)})`,
      };
    }
    case "note": {
      const { name, text, bytes, from, fromName } = event.note;
      const by = fromName === undefined ? nameOf(from) : plain(fromName);
      return info(`note from ${by}: ${text === undefined ? `${plain(name ?? "")} (${bytes} bytes)` : plain(text)}`);
    }
    case "answer":
      return info(
        `“${plain(event.question)}”: ${plain(event.text)} (${counted(event.hubs, "hub")}, ${counted(event.sensors, "sensor")}, ${formatDuration(event.tookMs)})`,
      );
    case "inference":
      return {
        level: event.state === "failed" || event.state === "restarting" ? "warn" : "info",
        text: `inference: ${event.state}${event.note === undefined ? "" : ` (${plain(event.note)})`}`,
      };
    case "repaired":
      return { level: "warn", text: `mended: ${plain(event.note)}` };
    case "problem":
      return { level: "error", text: `${plain(event.message)}\n→ ${plain(event.remedy)}` };
    case "stats":
      return {
        level: "debug",
        text: `${counted(event.status.readings, "reading")}, ${counted(event.status.hubs.length, "hub")}`,
      };
  }
}

function describeMeshNews(event: MindosEvent, nameOf: (hub: HubId) => string): EventLine {
  const { text, tone } = meshNews(event, nameOf) ?? { text: event.event, tone: "plain" };
  const isDetail = event.event === "cell" || event.event === "locator";
  return { level: isDetail ? "debug" : tone === "good" ? "info" : "warn", text };
}

function sensorTitle({ name, place, origin }: { name: string; place?: string; origin: string }): string {
  return `${plain(name)}${place === undefined ? "" : ` in ${plain(place)}`}${origin === "replay" ? " [replay]" : ""}`;
}

function info(text: string): EventLine {
  return { level: "info", text };
}
