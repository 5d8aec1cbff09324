/** What happened, in one line for a person; undefined for what is shown elsewhere on the page. Pure. */
import type { MindosEvent } from "../../core/status.js";

export interface EventLine {
  readonly text: string;
  readonly tone: "plain" | "good" | "bad";
}

export function describeEvent(event: MindosEvent): EventLine | undefined {
  switch (event.event) {
    case "hub-started":
      return { tone: "good", text: `${event.name} started in ${Math.round(event.startMs)} ms` };
    case "hub-stopped":
      return { tone: "bad", text: "The hub is stopping" };
    case "peer-found":
      return { tone: "plain", text: `Found hub ${event.peer.slice(0, 8)} by ${event.via}` };
    case "link-up":
      return { tone: "good", text: `Linked with ${event.name}` };
    case "link-down":
      return { tone: "bad", text: `Lost the link with ${event.peer.slice(0, 8)}: ${event.reason}` };
    case "source":
      return {
        tone: event.state === "unavailable" ? "bad" : "plain",
        text: `${event.name}: ${event.state}${event.note ? `, ${event.note}` : ""}`,
      };
    case "inference":
      return {
        tone: event.state === "ready" ? "good" : event.state === "failed" ? "bad" : "plain",
        text: `Inference: ${event.state}${event.note ? `, ${event.note}` : ""}`,
      };
    case "problem":
      return { tone: "bad", text: `${event.message}. ${event.remedy}` };
    case "answer":
      return { tone: "plain", text: `Answered “${event.question}” in ${Math.round(event.tookMs)} ms` };
    default:
      return undefined;
  }
}
