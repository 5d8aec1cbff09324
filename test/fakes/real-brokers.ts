/** Message brokers of Debian, each in a folder of its own, on loopback. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface RealBroker {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly ca?: string;
  stop(): Promise<void>;
}

export const USER = "villa";
export const PASSWORD = "two words";
const PATHS = {
  mosquitto: "/usr/sbin/mosquitto",
  nats: "/usr/sbin/nats-server",
  rabbitmq: "/usr/sbin/rabbitmq-server",
};

export function isInstalled(name: keyof typeof PATHS): boolean {
  return existsSync(PATHS[name]);
}

export async function startMosquitto({ tls = false } = {}): Promise<RealBroker> {
  const folder = makeFolder();
  const port = await freePort();
  const passwords = join(folder, "passwords");
  execFileSync("mosquitto_passwd", ["-b", "-c", passwords, USER, PASSWORD]);
  const lines = [`listener ${port} 127.0.0.1`, "allow_anonymous false", `password_file ${passwords}`];
  if (process.getuid?.() === 0) lines.push("user root");
  const ca = tls ? makeCertificate(folder) : undefined;
  if (tls) lines.push(`certfile ${join(folder, "cert.pem")}`, `keyfile ${join(folder, "key.pem")}`);
  writeFileSync(join(folder, "broker.conf"), `${lines.join("\n")}\n`);
  const child = spawn(PATHS.mosquitto, ["-c", join(folder, "broker.conf")], { stdio: "ignore" });
  const broker = { url: `${tls ? "mqtts" : "mqtt"}://127.0.0.1:${port}`, user: USER, password: PASSWORD, ca };
  return started(child, folder, port, broker, 10_000);
}

/** Its MQTT is 3.1.1, and stands on JetStream. */
export async function startNats(): Promise<RealBroker> {
  const folder = makeFolder();
  const [port, natsPort] = [await freePort(), await freePort()];
  const config = `server_name: one
listen: "127.0.0.1:${natsPort}"
jetstream { store_dir: "${join(folder, "store")}" }
mqtt { listen: "127.0.0.1:${port}" }
authorization { user: "${USER}", password: "${PASSWORD}" }
`;
  writeFileSync(join(folder, "nats.conf"), config);
  const child = spawn(PATHS.nats, ["-c", join(folder, "nats.conf")], { stdio: "ignore" });
  const broker = { url: `mqtt://127.0.0.1:${port}`, user: USER, password: PASSWORD };
  return started(child, folder, port, broker, 15_000);
}

/** Erlang starts slowly; everything it would keep elsewhere goes into the folder. */
export async function startRabbit(): Promise<RealBroker> {
  const folder = makeFolder();
  const [port, amqpPort, distPort, epmdPort] = [await freePort(), await freePort(), await freePort(), await freePort()];
  const config = `listeners.tcp.1 = 127.0.0.1:${amqpPort}
mqtt.listeners.tcp.1 = 127.0.0.1:${port}
default_user = ${USER}
default_pass = secret
mqtt.allow_anonymous = false
`;
  writeFileSync(join(folder, "rabbitmq.conf"), config);
  writeFileSync(join(folder, "enabled_plugins"), "[rabbitmq_mqtt].\n");
  const env = {
    ...process.env,
    HOME: folder,
    RABBITMQ_NODENAME: `mindos${port}@localhost`,
    RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
    RABBITMQ_LOG_BASE: join(folder, "log"),
    RABBITMQ_PID_FILE: join(folder, "pid"),
    RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq.conf"),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
    RABBITMQ_DIST_PORT: String(distPort),
    ERL_EPMD_PORT: String(epmdPort),
    ERL_EPMD_ADDRESS: "127.0.0.1",
  };
  // One of our own: Erlang would start it as a daemon that outlives the broker.
  const epmd = spawn("epmd", ["-port", String(epmdPort), "-address", "127.0.0.1"], { stdio: "ignore" });
  const child = spawn("/usr/lib/rabbitmq/bin/rabbitmq-server", { stdio: "ignore", env, detached: true });
  const broker = { url: `mqtt://127.0.0.1:${port}`, user: USER, password: "secret" };
  return started(child, folder, port, broker, 90_000, () => epmd.kill("SIGKILL"));
}

/** @param after what else is to be ended. */
async function started(
  child: ChildProcess,
  folder: string,
  port: number,
  broker: Omit<RealBroker, "stop">,
  timeoutMs: number,
  after: () => void = () => undefined,
): Promise<RealBroker> {
  const exited = once(child, "exit");
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.pid !== undefined) {
      // A group of its own where it is a script with a machine below it.
      process.kill(child.spawnfile.includes("rabbitmq") ? -child.pid : child.pid, "SIGKILL");
      await exited;
    }
    after();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  };
  try {
    await accepting(port, timeoutMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...broker, stop };
}

function makeFolder(): string {
  return mkdtempSync(join(tmpdir(), "mindos-broker-"));
}

/** @returns the certificate, which is its own authority. */
function makeCertificate(folder: string): string {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const what = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  const names = ["-subj", "/CN=broker", "-addext", "subjectAltName=IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...what, ...names, "-keyout", key, "-out", cert], { stdio: "ignore" });
  return execFileSync("cat", [cert], { encoding: "utf8" });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function accepting(port: number, timeoutMs: number): Promise<void> {
  const untilMs = performance.now() + timeoutMs;
  while (performance.now() < untilMs) {
    const socket = connect(port, "127.0.0.1");
    const open = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nobody listens on port ${port} after ${timeoutMs} ms`);
}
