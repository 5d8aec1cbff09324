/** `mindos swarm`: several hubs on this machine, each a process of its own, with recorded data; to watch and to try. */
import { resolve } from "node:path";
import { defineCommand } from "../command.js";
import { describeSummary, runHeadless } from "../swarm/headless.js";
import { SwarmSession } from "../swarm/session.js";
import { runTerminal } from "../swarm/terminal.js";

export const command = defineCommand({
  name: "swarm",
  summary: "Run several hubs on this machine with recorded data, and watch them.",
  options: {
    hubs: { type: "number", value: "N", min: 1, max: 16, whole: true, default: 3, description: "How many hubs." },
    speed: {
      type: "number",
      value: "N",
      min: 0.01,
      max: 100_000,
      default: 100,
      description: "How many times faster than the data was recorded (one reading per mote each 5 s).",
    },
    from: {
      type: "number",
      value: "N",
      min: 1,
      max: 10_000_000,
      whole: true,
      default: 2_200,
      description: "The reading to begin with. The first labelled event is reading 2344.",
    },
    loop: { type: "flag", description: "Begin again when the data ends." },
    headless: {
      type: "flag",
      description: "No screen: one line per event, and a summary at the end. So it is without a terminal.",
    },
    seconds: {
      type: "number",
      value: "N",
      min: 1,
      max: 31_536_000,
      description: "End by itself after this time. Default: at q or Ctrl-C.",
    },
    ask: {
      type: "text",
      value: "QUESTION",
      default: "is anything unusual?",
      description: "What --headless asks after the first detection.",
    },
    timeout: {
      type: "number",
      value: "SECONDS",
      min: 0.1,
      max: 60,
      default: 5,
      description: "How long to wait for an answer.",
    },
    profile: { type: "choice", value: "NAME", choices: ["standard", "small"], description: "Of the hubs." },
    data: {
      type: "text",
      value: "DIR",
      completes: "folder",
      description: "Keep the hubs' data here. Default: a temporary folder, removed at the end.",
    },
  },
  positionals: [],
  examples: [
    { line: "mindos swarm", does: "Three hubs; kill one with k, bring it back with r, ask with a." },
    {
      line: "mindos swarm --headless --seconds 30",
      does: "Half a minute without a screen; the exit status says whether it went well.",
    },
    { line: "mindos swarm --headless --json --seconds 30 | tail -n 1", does: "The summary, for a program." },
  ],
  async run({ options, json, out, stopping, env, program, tools }) {
    const stop = stopping();
    const { hubs, speed, from, loop, profile, data } = options;
    const session = await SwarmSession.open(
      {
        hubs,
        speed,
        from,
        loop,
        profile,
        dataDir: data === undefined ? undefined : resolve(data),
        askTimeoutMs: options.timeout * 1000,
      },
      { env, program, tools },
    );
    const abandon = (): void => session.abandon();
    process.once("exit", abandon);
    const onScreen = !options.headless && !json && out.isTerminal && process.stdin.isTTY && env["TERM"] !== "dumb";
    try {
      if (onScreen) {
        session.start();
        await runTerminal(session, out, timeLimited(stop, options.seconds));
      } else
        await runHeadless(session, out, stop, {
          json,
          question: options.ask,
          seconds: options.seconds,
          wallMs: Date.now,
        });
    } finally {
      await session.stop();
      process.off("exit", abandon);
    }
    const summary = await session.stop();
    out.write(json ? `${JSON.stringify(summary)}\n` : describeSummary(summary));
    // A person who quits has seen how it went; a program wants to know.
    return onScreen ? 0 : summary.exitCode;
  },
});

function timeLimited(stop: AbortSignal, seconds: number | undefined): AbortSignal {
  return seconds === undefined ? stop : AbortSignal.any([stop, AbortSignal.timeout(seconds * 1000)]);
}
