import { once } from "node:events";
import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Rig, startRig } from "../../fakes/mqtt-clients.js";

let rig: Rig;
afterEach(async () => {
  await rig.stop();
});

async function statusOf(path: string, protocols: string[], options: object = {}): Promise<number | undefined> {
  const client = new WebSocket(`ws://127.0.0.1:${rig.webPort}${path}`, protocols, options);
  client.on("error", () => undefined);
  const [, response] = (await once(client, "unexpected-response")) as [unknown, { statusCode?: number }];
  client.terminate();
  return response.statusCode;
}

test("another path, a foreign origin and another protocol are refused and counted", async () => {
  rig = await startRig();
  expect(await statusOf("/other", ["mqtt"])).toBe(404);
  expect(await statusOf("/mqtt", ["mqtt"], { origin: "http://evil.example" })).toBe(403);
  expect(await statusOf("/mqtt", ["chat"])).toBe(403);
  expect(rig.counters.snapshot()).toMatchObject({
    "broker.refused_websocket_path": 1,
    "broker.refused_websocket_origin": 1,
    "broker.refused_websocket_protocol": 1,
  });
});

test("a message that is larger than a packet may be is cut off", async () => {
  rig = await startRig();
  const client = new WebSocket(`ws://127.0.0.1:${rig.webPort}/mqtt`, ["mqtt"]);
  client.on("error", () => undefined);
  await once(client, "open");
  client.send(Buffer.alloc(1024 * 1024));
  await once(client, "close");
  await expect.poll(() => rig.broker.connections).toBe(0);
});

test("frames that are no WebSocket frames end the connection only", async () => {
  rig = await startRig();
  const socket = connect(rig.webPort, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.write(
    "GET /mqtt HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n",
  );
  await once(socket, "data");
  socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
  await once(socket, "close");
  await expect.poll(() => rig.broker.connections).toBe(0);
});
