/**
 * Mosquittos (Debian's package) joined by its own bridges, for comparison: a row, or a ring. Without TLS, each a process on
 * loopback. A bridge dials with QoS 1 and takes everything below `app/`.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import mqtt, { type MqttClient } from "mqtt";
import { hasProgram } from "./programs.js";

const PORT_FIRST = 28_831;
const BRIDGED_TIMEOUT_MS = 30_000;

export interface Mosquittos {
  connect(broker: number, clientId?: string): Promise<MqttClient>;
  kill(broker: number): Promise<void>;
  restart(broker: number): void;
  stop(): void;
}

/** @param shape "row": what is said at the first reaches the last; "ring": besides, the last passes on to the first.
 *  @param isKept sessions and queues are on disk, written every second.
 *  @returns undefined when Mosquitto is not installed. Resolves once the bridges carry. */
export async function startMosquittos(
  count: number,
  shape: "row" | "ring",
  isKept = false,
): Promise<Mosquittos | undefined> {
  if (!hasProgram("mosquitto")) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "mindos-mosquitto-"));
  const children: (ChildProcess | undefined)[] = [];
  const restart = (broker: number): void => {
    children[broker] = spawn("mosquitto", ["-c", join(folder, `${broker}.conf`)], { stdio: "ignore" });
  };
  for (let broker = 0; broker < count; broker++) {
    const next = broker + 1 < count ? broker + 1 : shape === "ring" ? 0 : undefined;
    const kept = isKept ? join(folder, `${broker}`) : undefined;
    if (kept !== undefined) mkdirSync(kept);
    writeFileSync(join(folder, `${broker}.conf`), configOf(broker, next, kept));
    restart(broker);
  }
  const mosquittos: Mosquittos = {
    connect: (broker, clientId) =>
      mqtt.connectAsync(`mqtt://127.0.0.1:${PORT_FIRST + broker}`, {
        ...(clientId === undefined ? {} : { clientId, clean: false }),
        reconnectPeriod: 200,
      }),
    async kill(broker) {
      const child = children[broker];
      if (child === undefined) return;
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
    restart,
    stop() {
      for (const child of children) child?.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await bridged(mosquittos, count);
    return mosquittos;
  } catch (error) {
    mosquittos.stop();
    throw error;
  }
}

function configOf(broker: number, next: number | undefined, folder: string | undefined): string {
  const lines = [`listener ${PORT_FIRST + broker} 127.0.0.1`, "allow_anonymous true"];
  // The soonest that Mosquitto offers; and it would become a user that cannot write into the folder.
  if (folder === undefined) lines.push("persistence false");
  else lines.push("persistence true", `persistence_location ${folder}/`, "autosave_interval 1", "user root");
  if (next !== undefined) {
    lines.push(
      `connection to-${next}`,
      `address 127.0.0.1:${PORT_FIRST + next}`,
      "topic app/# out 1",
      "restart_timeout 1",
      "cleansession false",
    );
  }
  return `${lines.join("\n")}\n`;
}

async function bridged(mosquittos: Mosquittos, count: number): Promise<void> {
  await sleep(300);
  const [first, last] = await Promise.all([mosquittos.connect(0), mosquittos.connect(count - 1)]);
  let heard = false;
  last.on("message", () => {
    heard = true;
  });
  await last.subscribeAsync("app/probe");
  const deadlineMs = performance.now() + BRIDGED_TIMEOUT_MS;
  while (!heard) {
    if (performance.now() > deadlineMs) throw new Error("Mosquitto's bridges do not carry");
    first.publish("app/probe", "");
    await sleep(100);
  }
  await Promise.all([first.endAsync(true), last.endAsync(true)]);
}
