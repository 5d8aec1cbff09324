import { once } from "node:events";
import { type AddressInfo, createServer, type Server, Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Air } from "../../tools/lab/air.js";
import type { AirWeather } from "../../tools/lab/air-weather.js";

/** Linux's loopback is 127.0.0.0/8: the air answers for a hub at one address, and the hub dials from another. */
const AIR_FOR_A = "127.73.0.1";
const AIR_FOR_B = "127.73.0.2";
const HUB_B = "127.72.0.2";
const SOURCE_A = "127.71.0.1";
const SOURCE_B = "127.71.0.2";
const SOURCE_STRANGER = "127.71.0.3";

let air: Air;
let server: Server;
const accepted: Socket[] = [];
const dialled: Socket[] = [];

beforeEach(async () => {
  air = new Air(() => 0.5);
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on("error", () => undefined);
    socket.pipe(socket); // an echo
  });
  server.listen(0, HUB_B);
  await once(server, "listening");
});
afterEach(() => {
  air.close();
  server.close();
  for (const socket of [...accepted.splice(0), ...dialled.splice(0)]) socket.destroy();
});

const isLinux = process.platform === "linux";

/** From A to B, where the echo is. @returns the port at which the air answers for B. */
async function openLink(weather: Partial<AirWeather> = {}): Promise<number> {
  const port = await freePort();
  const goesTo = { host: HUB_B, port: (server.address() as AddressInfo).port };
  const a = { host: AIR_FOR_A, port, source: SOURCE_A };
  await air.open({ id: "ab", a, b: { host: AIR_FOR_B, port, source: SOURCE_B, goesTo } }, weather);
  return port;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, AIR_FOR_B);
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}

async function dial(port: number, localAddress: string): Promise<Socket> {
  const socket = new Socket();
  dialled.push(socket);
  socket.on("error", () => undefined);
  socket.connect({ host: AIR_FOR_B, port, localAddress });
  await once(socket, "connect");
  return socket;
}

async function echoOf(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [bytes] = (await once(socket, "data")) as [Buffer];
  return bytes.toString();
}

/** Reset or not. */
function closed(socket: Socket): Promise<unknown> {
  return new Promise((resolve) => socket.once("close", resolve));
}

async function isQuietFor(socket: Socket, ms: number): Promise<boolean> {
  let heard = false;
  const listener = (): void => {
    heard = true;
  };
  for (const event of ["data", "close", "error"]) socket.once(event, listener);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return !heard;
}

test.runIf(isLinux)("what is said over a link arrives after its delay, both ways", async () => {
  const socket = await dial(await openLink({ delayMs: 20 }), SOURCE_A);
  const startMs = performance.now();
  expect(await echoOf(socket, "hello")).toBe("hello");
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(39);
});

test.runIf(isLinux)("a silent link holds everything back, and tells it when it is mended", async () => {
  const socket = await dial(await openLink(), SOURCE_A);
  expect(await echoOf(socket, "one")).toBe("one");
  air.change("ab", { silent: "both" });
  socket.write("two");
  expect(await isQuietFor(socket, 50)).toBe(true);
  air.mend("ab");
  const [bytes] = (await once(socket, "data")) as [Buffer];
  expect(bytes.toString()).toBe("two");
});

test.runIf(isLinux)("the end of a connection is not told over a silent link", async () => {
  const socket = await dial(await openLink(), SOURCE_A);
  expect(await echoOf(socket, "one")).toBe("one");
  air.change("ab", { silent: "both" });
  accepted[0]?.resetAndDestroy();
  expect(await isQuietFor(socket, 50)).toBe(true);
  air.mend("ab");
  await closed(socket);
});

test.runIf(isLinux)("a cut resets what is open and refuses what comes", async () => {
  const port = await openLink();
  const socket = await dial(port, SOURCE_A);
  expect(await echoOf(socket, "one")).toBe("one");
  air.cut("ab");
  await closed(socket);
  // Before the dialler has noticed that it was connected, or after.
  await dial(port, SOURCE_A).then(closed, () => undefined);
  air.mend("ab");
  expect(await echoOf(await dial(port, SOURCE_A), "two")).toBe("two");
});

test.runIf(isLinux)("nobody answers whom no link leads to", async () => {
  const stranger = await dial(await openLink(), SOURCE_STRANGER);
  stranger.write("anybody?");
  expect(await isQuietFor(stranger, 50)).toBe(true);
  expect(accepted).toHaveLength(0);
});
