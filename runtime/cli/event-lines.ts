/** Events as lines for people: one per event, none for figures that change all the time. Pure. */
import { shortId } from "../core/ids.js";
import type { MindosEvent } from "../core/status.js";
import { formatDuration, formatLatest, plain } from "./format.js";

export type Level = "error" | "warn" | "info" | "debug";
const RANKS: Readonly<Record<Level, number>> = { error: 0, warn: 1, info: 2, debug: 3 };

export interface EventLine {
  readonly level: Level;
  readonly text: string;
}

export function isShown(line: EventLine, level: Level): boolean {
  return RANKS[line.level] <= RANKS[level];
}

/** The remedy stands on a line of its own. */
export function describeEvent(event: MindosEvent): EventLine {
  switch (event.event) {
    case "hub-started": {
      const { name, hub, mqttPort, url, startMs } = event;
      return info(
        `hub ${plain(name)} (${shortId(hub)}) runs after ${formatDuration(startMs)}: mqtt port ${mqttPort}, page ${url}`,
      );
    }
    case "hub-stopped":
      return info(`hub ${shortId(event.hub)} has stopped`);
    case "peer-found":
      return {
        level: "debug",
        text: `found ${shortId(event.peer)} at ${plain(event.host)}:${event.port} by ${plain(event.via)}`,
      };
    case "link-up":
      return info(`link to ${plain(event.name)} (${shortId(event.peer)}) is up`);
    case "link-down":
      return { level: "warn", text: `link to ${shortId(event.peer)} is down: ${plain(event.reason)}` };
    case "hub-state":
      return { level: event.state === "alive" ? "info" : "warn", text: `hub ${shortId(event.hub)} is ${event.state}` };
    case "mesh-cut":
      return { level: "warn", text: `${event.hubs.length} hubs are lost at once` };
    case "cell":
      return { level: "debug", text: `this cell has ${event.hubs.length} hubs` };
    case "locator":
      return { level: "debug", text: `this hub's place: ${event.locator.map(shortId).join(" in ") || "one cell"}` };
    case "isolated":
      return event.isolated
        ? { level: "warn", text: "no other hub is in reach" }
        : { level: "info", text: "other hubs are in reach again" };
    case "revoked":
      return { level: "warn", text: `out of this home: ${event.hubs.map(shortId).join(", ") || "nobody"}` };
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
    case "answer":
      return info(
        `“${plain(event.question)}”: ${plain(event.text)} (${event.hubs} hubs, ${event.sensors} sensors, ${formatDuration(event.tookMs)})`,
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
      return { level: "debug", text: `${event.status.readings} readings, ${event.status.hubs.length} hubs` };
  }
}

function sensorTitle({ name, place, origin }: { name: string; place?: string; origin: string }): string {
  return `${plain(name)}${place === undefined ? "" : ` in ${plain(place)}`}${origin === "replay" ? " [replay]" : ""}`;
}

function info(text: string): EventLine {
  return { level: "info", text };
}
