/** `mindos doctor`: looks at this machine and says what to do about what is missing. */
import { MindosError, messageOf } from "../../core/errors.js";
import type { Probe, ProbeResult } from "../../core/tools.js";
import { type CommandContext, defineCommand } from "../command.js";
import { clockProbe, diskProbe, memoryProbe, nodeProbe, portProbe } from "../doctor/checks.js";
import type { HubTools } from "../hub-tools-port.js";
import { dataDirOf } from "../places.js";
import { paint } from "../style.js";
import { safeText } from "../text-width.js";

const PROBE_MS_MAX = 10_000;
const EXIT_CANNOT_RUN = 3;

export interface Finding extends ProbeResult {
  readonly id: string;
  readonly title: string;
}

export const command = defineCommand({
  name: "doctor",
  summary: "Check this machine: what MindOS finds here, and what to do about the rest.",
  options: {
    data: { type: "text", value: "DIR", completes: "folder", description: "The data folder that a hub would use." },
  },
  positionals: [],
  examples: [
    { line: "mindos doctor", does: "A table; the exit status is 0 when a hub can run here." },
    { line: "mindos doctor --json", does: "The same for a program." },
  ],
  async run({ options, json, out, env, tools }) {
    const dataDir = dataDirOf(options.data, env);
    const findings: Finding[] = [];
    for (const probe of await probesOf(dataDir, tools)) findings.push(await examine(probe));
    const able = findings.every(({ state }) => state !== "fail");
    out.write(json ? `${JSON.stringify({ ok: able, checks: findings })}\n` : describeFindings(findings, out.color));
    return able ? 0 : EXIT_CANNOT_RUN;
  },
});

async function probesOf(dataDir: string, loadTools: CommandContext["tools"]): Promise<Probe[]> {
  const tools = await loadTools();
  const handle = await tools.readHandle(dataDir);
  const ownPorts = handle === undefined ? [] : [handle.mqttPort, Number(new URL(handle.url).port)];
  return [
    nodeProbe(process.versions.node),
    memoryProbe(),
    diskProbe(dataDir),
    portProbe("mqtt-port", "MQTT port", 1_883, ownPorts, "--port"),
    portProbe("http-port", "Page's port", 8_480, ownPorts, "--http-port"),
    clockProbe(Date.now, () => performance.now()),
    multicastProbe(tools),
    ...(await tools.doctorProbes()),
  ];
}

function multicastProbe(tools: Pick<HubTools, "probeMulticast">): Probe {
  return {
    id: "multicast",
    title: "Multicast",
    async run() {
      const { works, detail } = await tools.probeMulticast();
      if (works) return { state: "ok", found: detail };
      return {
        state: "warn",
        found: detail,
        remedy: "Name the other hubs with --peers; `mindos swarm` does so by itself.",
      };
    },
  };
}

/** A check that fails or hangs is a finding, not the end of the examination. */
export async function examine(probe: Probe, limitMs = PROBE_MS_MAX): Promise<Finding> {
  const { id, title } = probe;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<ProbeResult>((resolve) => {
    timer = setTimeout(
      () =>
        resolve({
          state: "warn",
          found: `no result within ${limitMs / 1000} s`,
          remedy: "Run it again; look at what stalls.",
        }),
      limitMs,
    );
  });
  try {
    return { id, title, ...(await Promise.race([probe.run(), late])) };
  } catch (error) {
    const remedy = error instanceof MindosError ? error.remedy : "Please report this with the message.";
    return { id, title, state: "fail", found: messageOf(error), remedy };
  } finally {
    clearTimeout(timer);
  }
}

export function describeFindings(findings: readonly Finding[], color: boolean): string {
  const width = Math.max(...findings.map(({ title }) => title.length));
  const marks = {
    ok: paint("ok  ", "good", color),
    warn: paint("warn", "warning", color),
    fail: paint("FAIL", "bad", color),
  };
  const lines = findings.flatMap(({ title, state, found, remedy }) => [
    `${marks[state]}  ${title.padEnd(width)}  ${safeText(found)}`,
    ...(remedy === undefined || state === "ok" ? [] : [`${" ".repeat(width + 8)}→ ${safeText(remedy)}`]),
  ]);
  const failed = findings.filter(({ state }) => state === "fail").length;
  const warned = findings.filter(({ state }) => state === "warn").length;
  const verdict =
    failed > 0
      ? `A hub cannot run here yet: ${failed} of ${findings.length} checks failed.`
      : `A hub can run here${warned > 0 ? `, with ${warned} limitation${warned === 1 ? "" : "s"}` : ""}.`;
  return `${lines.join("\n")}\n\n${verdict}\n`;
}
