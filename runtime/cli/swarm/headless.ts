/** A swarm without a terminal: one line per event, for people or (NDJSON) for programs, and a summary at the end. */
import type { MindosEvent } from "../../core/status.js";
import type { Output } from "../command.js";
import { describeEvent, isShown } from "../event-lines.js";
import { formatClock, plain } from "../format.js";
import type { Summary } from "./figures.js";
import { hubName } from "./plan.js";
import type { SwarmSession } from "./session.js";
import type { Report } from "./supervisor.js";

/** Near the end of a run that detects nothing, the question is asked all the same. */
const ASK_BEFORE_END_MS = 5_000;

export interface HeadlessOptions {
  readonly json: boolean;
  readonly question: string;
  readonly seconds?: number;
  readonly wallMs: () => number;
}

/** Asks once by itself, after the first detection; again near the end if that failed. @returns when time is up. */
export async function runHeadless(
  session: SwarmSession,
  out: Output,
  stop: AbortSignal,
  options: HeadlessOptions,
): Promise<void> {
  let asked: Promise<boolean> | undefined;
  let answered = false;
  const ask = (): void => {
    asked ??= session.ask(options.question).then((good) => {
      answered = good;
      if (!good) asked = undefined;
      return good;
    });
  };
  session.onChange((report) => {
    if (report !== undefined) out.write(reportText(report, options));
    if (report?.type === "event" && report.event.event === "detection" && !answered) ask();
  });
  session.start();
  const endMs = options.seconds === undefined ? undefined : options.seconds * 1000;
  if (endMs === undefined) await pause(undefined, stop);
  else {
    await pause(Math.max(endMs / 2, endMs - ASK_BEFORE_END_MS), stop);
    if (!answered && !stop.aborted) ask();
    await pause(Math.min(endMs / 2, ASK_BEFORE_END_MS), stop);
  }
  // A question in flight has a deadline of its own: its answer still counts.
  if (!stop.aborted) await asked;
}

/** Each event with the name of its hub; an event's own `hub` (an id) is then `hubId`. */
export function eventWithHub(name: string, event: MindosEvent): Record<string, unknown> {
  return { ...event, ...("hub" in event && { hubId: event.hub }), hub: name };
}

function reportText(report: Report, { json, wallMs }: HeadlessOptions): string {
  const name = hubName(report.at);
  const say = (text: string): string =>
    text
      .split("\n")
      .map((part) => `${formatClock(wallMs())} ${name}  ${part}\n`)
      .join("");
  switch (report.type) {
    case "event": {
      if (json) return `${JSON.stringify(eventWithHub(name, report.event))}\n`;
      const line = describeEvent(report.event);
      return isShown(line, "info") ? say(line.text) : "";
    }
    case "problem":
      return json
        ? `${JSON.stringify({ event: "problem", ...report.problem, hub: name })}\n`
        : say(plain(report.problem.message));
    case "exited": {
      const { process, why, retryMs } = report;
      if (json) return `${JSON.stringify({ event: "process-exited", hub: name, process, why, retryMs })}\n`;
      return say(`process ${process}: ${plain(why)}${retryMs === undefined ? "" : `; back in ${retryMs / 1000} s`}`);
    }
    case "spawned":
      return json ? `${JSON.stringify({ event: "process-started", hub: name, pid: report.pid })}\n` : "";
    case "said":
      return json ? `${JSON.stringify({ event: "said", hub: name, text: report.text })}\n` : say(plain(report.text));
  }
}

export function describeSummary(summary: Summary): string {
  const good = summary.exitCode === 0;
  return `${[
    good ? "The swarm was well." : "The swarm was not well: not all hubs ran and linked, or no readings came.",
    `  hubs        ${summary.hubsUp} of ${summary.hubs} up, ${summary.linksUp} links, ${summary.restarts} restarts (${summary.meeting})`,
    `  readings    ${summary.readings}, ${summary.predictions} predictions`,
    `  detections  ${summary.detections}: ${summary.trueDetections} true, ${summary.falseDetections} false by the data's labels`,
    `  answers     ${summary.answers}`,
    `  problems    ${summary.problems}`,
  ].join("\n")}\n`;
}

/** @param ms without it, until stopped. */
function pause(ms: number | undefined, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = ms === undefined ? setInterval(() => undefined, 3_600_000) : setTimeout(end, ms);
    function end(): void {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    }
    stop.addEventListener("abort", end);
  });
}
