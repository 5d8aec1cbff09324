/** The broker against clients that are not ours. Needs mosquitto-clients. */
import { type ChildProcessByStdio, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { promisify } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { loopbackOnly } from "../../runtime/io/broker/access.js";
import { type Rig, startRig } from "../fakes/mqtt-clients.js";

const run = promisify(execFile);
let rig: Rig;
const children: ChildProcessByStdio<null, Readable, Readable>[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await rig.stop();
});

const where = (): string[] => ["-h", "127.0.0.1", "-p", String(rig.broker.port)];

async function publish(...args: readonly string[]): Promise<void> {
  await run("mosquitto_pub", [...where(), ...args]);
}

/** Resolves once its SUBACK has come. `-d` says so on the same output as the messages. */
async function subscribe(...args: readonly string[]): Promise<{ lines: string[]; child: (typeof children)[number] }> {
  // Line by line: into a pipe it would speak in blocks of 4 KiB.
  const child = spawn("stdbuf", ["-oL", "mosquitto_sub", ...where(), "-d", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  children.push(child);
  const lines: string[] = [];
  createInterface(child.stdout).on("line", (line) => lines.push(line));
  await expect.poll(() => lines.some((line) => line.startsWith("Subscribed")), { timeout: 10_000 }).toBe(true);
  return { lines, child };
}

describe.each(["mqttv311", "mqttv5"])("mosquitto's clients, %s", (version) => {
  test.each(["0", "1", "2"])("QoS %s passes", async (qos) => {
    rig = await startRig();
    const { lines } = await subscribe("-V", version, "-q", qos, "-t", "app/+/x");
    await publish("-V", version, "-q", qos, "-t", "app/a/x", "-m", "hello there");
    await expect.poll(() => lines).toContain("hello there");
  });

  test("retained messages and their removal", async () => {
    rig = await startRig();
    await publish("-V", version, "-r", "-q", "1", "-t", "app/state", "-m", "kept");
    const { lines } = await subscribe("-V", version, "-t", "app/#");
    await expect.poll(() => lines).toContain("kept");
    await publish("-V", version, "-r", "-q", "1", "-t", "app/state", "-n");
    const later = await subscribe("-V", version, "-t", "app/#");
    await publish("-V", version, "-t", "app/end", "-m", "end");
    await expect.poll(() => later.lines).toContain("end");
    expect(later.lines).not.toContain("kept");
  });

  test("a will is published when the client is killed", async () => {
    rig = await startRig();
    const watcher = await subscribe("-V", version, "-t", "app/will");
    const doomed = await subscribe("-V", version, "-t", "app/x", "--will-topic", "app/will", "--will-payload", "gone");
    doomed.child.kill("SIGKILL");
    await expect.poll(() => watcher.lines).toContain("gone");
  });

  test("what is not allowed by default is refused in a way that the client understands", async () => {
    rig = await startRig({ authorise: loopbackOnly });
    const child = spawn("mosquitto_sub", [...where(), "-V", version, "-t", "#", "-d"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    children.push(child);
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    child.stderr.on("data", (chunk) => {
      output += String(chunk);
    });
    await once(child, "exit");
    expect(output).toMatch(/All subscription requests were denied/);
  });
});

test("user properties of MQTT 5 pass from mosquitto to mosquitto", async () => {
  rig = await startRig();
  const { lines } = await subscribe("-V", "mqttv5", "-t", "app/p", "-F", "%P %p");
  await publish("-V", "mqttv5", "-t", "app/p", "-m", "x", "-D", "publish", "user-property", "unit", "Cel");
  await expect.poll(() => lines.some((line) => line.includes("unit:Cel") && line.endsWith("x"))).toBe(true);
});
