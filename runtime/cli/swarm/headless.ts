/** A swarm without a terminal: one line per event, for people or (NDJSON) for programs, and a summary at the end. */
import type { HubId } from "../../core/ids.js";
import { counted } from "../../core/mesh-words.js";
import type { ApiProblem, MindosEvent } from "../../core/status.js";
import type { Output } from "../command.js";
import { describeEvent, isShown } from "../event-lines.js";
import { formatClock, plain } from "../format.js";
import type { Summary } from "./figures.js";
import { hubName } from "./plan.js";
import type { SwarmSession } from "./session.js";
import { nameOf, type SwarmState } from "./state.js";
import type { Report } from "./supervisor.js";

/** Near the end of a run that detects nothing, the question is asked all the same. */
const ASK_BEFORE_END_MS = 3_000;
const ATTEMPTS_MAX = 5;

export interface HeadlessOptions {
  readonly json: boolean;
  readonly question: string;
  readonly seconds?: number;
  readonly wallMs: () => number;
}

/** Asks by itself: after the first detection, or shortly before the end when there is none. @returns when time is up. */
export async function runHeadless(
  session: SwarmSession,
  out: Output,
  stop: AbortSignal,
  options: HeadlessOptions,
): Promise<void> {
  const asker = createAsker(session, (problem) => out.write(failureOfQuestion(problem, options)), options.question);
  session.onChange((report) => {
    if (report !== undefined) out.write(reportText(report, session.state, options));
    if (report?.type === "event" && report.event.event === "detection") asker.onDetection();
  });
  session.start();
  const endMs = options.seconds === undefined ? undefined : options.seconds * 1000;
  if (endMs === undefined) await pause(undefined, stop);
  else {
    const askMs = Math.max(endMs / 2, endMs - ASK_BEFORE_END_MS);
    await pause(askMs, stop);
    if (!stop.aborted) asker.onNearEnd();
    await pause(endMs - askMs, stop);
  }
  // A question in flight has a deadline of its own: its answer still counts.
  if (!stop.aborted) await asker.settled();
}

/** A question that failed is asked again with the next detection, a few times. */
function createAsker(session: SwarmSession, onProblem: (problem: ApiProblem) => void, question: string) {
  let inFlight: Promise<void> | undefined;
  let attempts = 0;
  let answered = false;
  let detected = false;
  const ask = async (): Promise<void> => {
    attempts += 1;
    const problem = await session.ask(question);
    inFlight = undefined;
    answered = problem === undefined;
    if (problem !== undefined) onProblem(problem);
  };
  return {
    onDetection(): void {
      const isFirst = !detected;
      detected = true;
      if (inFlight === undefined && attempts < ATTEMPTS_MAX && (isFirst || !answered)) inFlight = ask();
    },
    onNearEnd(): void {
      if (inFlight === undefined && !answered) inFlight = ask();
    },
    settled: async (): Promise<void> => inFlight,
  };
}

/** Each event with the name of its hub; an event's own `hub` (an id) is then `hubId`. */
export function eventWithHub(name: string, event: MindosEvent): Record<string, unknown> {
  return { ...event, ...("hub" in event && { hubId: event.hub }), hub: name };
}

function failureOfQuestion(problem: ApiProblem, { json, wallMs, question }: HeadlessOptions): string {
  if (json) return `${JSON.stringify({ event: "problem", ...problem, question })}\n`;
  return `${formatClock(wallMs())} “${plain(question)}” has no answer: ${plain(problem.message)}\n`;
}

/** Every hub tells what it learns from the others too; to a person it is told once, by the hub that heard it. */
function isHearsay(event: MindosEvent, own: HubId | undefined): boolean {
  if (event.event === "detection") return event.hub !== own;
  return event.event === "sensor-heard" && event.sensor.hub !== own;
}

function reportText(report: Report, state: SwarmState, { json, wallMs }: HeadlessOptions): string {
  const name = hubName(report.at);
  const say = (text: string): string =>
    text
      .split("\n")
      .map((part) => `${formatClock(wallMs())} ${name}  ${part}\n`)
      .join("");
  switch (report.type) {
    case "event": {
      if (json) return `${JSON.stringify(eventWithHub(name, report.event))}\n`;
      if (isHearsay(report.event, state.slots[report.at]?.hub)) return "";
      const line = describeEvent(report.event, (hub) => plain(nameOf(state, hub)));
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
    `  hubs        ${summary.hubsUp} of ${summary.hubs} up, ${counted(summary.linksUp, "link")}, ${counted(summary.restarts, "restart")} (${summary.meeting})`,
    `  readings    ${summary.readings}, ${counted(summary.predictions, "prediction")}`,
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
