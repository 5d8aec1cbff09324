import { createSocket, type Socket as DatagramSocket } from "node:dgram";
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
const datagramSockets: DatagramSocket[] = [];

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
  for (const socket of datagramSockets.splice(0)) socket.close();
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

async function datagramsAt(host: string, port = 0): Promise<DatagramSocket> {
  const socket = createSocket("udp4").bind(port, host);
  datagramSockets.push(socket);
  await once(socket, "listening");
  return socket;
}

/** Hub B, which sends back what it hears. @returns from where it heard it, and what. */
async function datagramEcho(): Promise<string[]> {
  const heard: string[] = [];
  const socket = await datagramsAt(HUB_B, (server.address() as AddressInfo).port);
  socket.on("message", (bytes, { address, port }) => {
    heard.push(bytes.toString());
    socket.send(bytes, port, address);
  });
  return heard;
}

function heardBy(socket: DatagramSocket): string[] {
  const heard: string[] = [];
  socket.on("message", (bytes, { address, port }) => heard.push(`${bytes} from ${address}:${port}`));
  return heard;
}

test.runIf(isLinux)(
  "a datagram goes on after its delay, and what answers it comes from where it was sent to",
  async () => {
    const atB = await datagramEcho();
    const port = await openLink({ delayMs: 20 });
    const hub = await datagramsAt(SOURCE_A);
    const heard = heardBy(hub);
    const startMs = performance.now();
    hub.send("hello", port, AIR_FOR_B);
    await expect.poll(() => heard, { interval: 2 }).toEqual([`hello from ${AIR_FOR_B}:${port}`]);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(38);
    expect(atB).toEqual(["hello"]);
  },
);

test.runIf(isLinux)(
  "hubs that both speak first are told apart, and each hears the other from its address",
  async () => {
    const port = await openLink();
    const hubA = await datagramsAt(AIR_FOR_A.replace("73", "72"));
    air.close();
    air = new Air(() => 0.5);
    const goesToA = { host: hubA.address().address, port: hubA.address().port };
    const hubB = await datagramsAt(HUB_B);
    const goesToB = { host: HUB_B, port: hubB.address().port };
    const a = { host: AIR_FOR_A, port, source: SOURCE_A, goesTo: goesToA };
    await air.open({ id: "ab", a, b: { host: AIR_FOR_B, port, source: SOURCE_B, goesTo: goesToB } });
    const [heardByA, heardByB] = [heardBy(hubA), heardBy(hubB)];
    hubA.send("to b", port, AIR_FOR_B);
    hubB.send("to a", port, AIR_FOR_A);
    await expect.poll(() => [heardByA.length, heardByB.length]).toEqual([1, 1]);
    expect([heardByA[0], heardByB[0]]).toEqual([
      expect.stringMatching(/^to a from /),
      expect.stringMatching(/^to b from /),
    ]);
  },
);

test.runIf(isLinux)("datagrams are lost each for itself, and a silent or cut link takes all of them", async () => {
  const draws: number[] = [];
  air = new Air(() => draws.shift() ?? 0.9);
  const atB = await datagramEcho();
  const port = await openLink({ loss: 0.5 });
  const hub = await datagramsAt(SOURCE_A);
  const heard = heardBy(hub);
  const say = async (text: string): Promise<void> => {
    hub.send(text, port, AIR_FOR_B);
    await new Promise((resolve) => setTimeout(resolve, 30));
  };
  draws.push(0.1);
  await say("lost");
  await say("one");
  draws.push(0.9, 0.1);
  await say("its answer lost");
  expect([atB, heard.length]).toEqual([["one", "its answer lost"], 1]);
  for (const silent of ["both", "a-to-b"] as const) {
    air.change("ab", { silent });
    await say(silent);
  }
  air.change("ab", { silent: "b-to-a" });
  await say("heard, unanswered");
  air.mend("ab");
  air.cut("ab");
  await say("cut");
  air.mend("ab");
  await say("two");
  expect(atB).toEqual(["one", "its answer lost", "heard, unanswered", "two"]);
  expect(heard).toHaveLength(2);
});

test.runIf(isLinux)("a datagram of a hub that no link leads from goes nowhere", async () => {
  const atB = await datagramEcho();
  const port = await openLink();
  const stranger = await datagramsAt(SOURCE_STRANGER);
  stranger.send("anybody?", port, AIR_FOR_B);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(atB).toEqual([]);
});
