import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseDbusAddress } from "../../../firmware-bridge/ble/dbus-address.js";
import {
  loadDbusCodec,
  MESSAGE_BYTES_MAX,
  MESSAGE_TYPE,
  messageLength,
} from "../../../firmware-bridge/ble/dbus-codec.js";
import { DbusError, openDbusConnection } from "../../../firmware-bridge/ble/dbus-connection.js";
import { openTransport } from "../../../firmware-bridge/ble/dbus-transport.js";

const codec = await loadDbusCodec();
const SIGNAL = { type: MESSAGE_TYPE.signal, serial: 7, path: "/a", interface: "org.example.A", member: "B" };

describe("a D-Bus address", () => {
  it("is the list of its sockets, in order", () => {
    expect(
      parseDbusAddress("unix:path=/run/a%20b,guid=00;unix:abstract=/tmp/x;tcp:host=::1,port=12;unixexec:path=sh"),
    ).toEqual([{ path: "/run/a b" }, { host: "::1", port: 12 }]);
    for (const none of ["", "unix:", "unix:path=", "tcp:host=a", "tcp:host=a,port=0", "tcp:port=99999", "nonsense"]) {
      expect(parseDbusAddress(none)).toEqual([]);
    }
    expect(parseDbusAddress("unix:path=/a%zz")).toEqual([{ path: "/a%zz" }]);
  });
});

describe("a D-Bus message", () => {
  it("without a body, and with nested variants, survives encoding and decoding", () => {
    const plain = Buffer.from(codec.encode(SIGNAL));
    expect(messageLength(plain)).toBe(plain.length);
    expect(codec.decode(plain)).toMatchObject({
      type: 4,
      path: "/a",
      interface: "org.example.A",
      member: "B",
      body: [],
    });
    const properties = { ServiceData: codec.variant("a{sv}", { x: codec.variant("ay", Buffer.of(1, 2)) }) };
    const rich = codec.decode(Buffer.from(codec.encode({ ...SIGNAL, signature: "sa{sv}", body: ["d", properties] })));
    expect(rich.body).toMatchObject([
      "d",
      { ServiceData: { value: { x: { signature: "ay", value: Buffer.of(1, 2) } } } },
    ]);
  });

  it("with any bytes changed or missing is a message or an Error, soon", () => {
    const properties = {
      RSSI: codec.variant("n", -61),
      D: codec.variant("a{sv}", { x: codec.variant("ay", Buffer.of(1)) }),
    };
    const bytes = Buffer.from(codec.encode({ ...SIGNAL, signature: "sa{sv}as", body: ["d", properties, ["x"]] }));
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 6 }), fc.nat(bytes.length), (changes, length) => {
        const mutated = Buffer.from(bytes);
        for (const [at, value] of changes) mutated[at] = value;
        try {
          expect(codec.decode(mutated.subarray(0, length))).toBeDefined();
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 3_000 },
    );
  });

  it("that is too long, or no message, is known by its first 16 bytes", () => {
    const header = Buffer.from(codec.encode(SIGNAL)).subarray(0, 16);
    const long = Buffer.from(header);
    long.writeUInt32LE(MESSAGE_BYTES_MAX, 4);
    expect(() => messageLength(long)).toThrow(RangeError);
    expect(() => messageLength(Buffer.alloc(16))).toThrow(RangeError);
  });
});

describe("a connection", () => {
  let folder: string;
  let server: Server;
  let address: string;
  /** What the bus at the other end does with each chunk after the login. */
  let onData: (socket: Socket, chunk: Buffer) => void;
  let login = "OK 1234\r\n";
  const sockets = new Set<Socket>();

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "mindos-dbus-"));
    address = `unix:path=${join(folder, "s")}`;
    login = "OK 1234\r\n";
    onData = () => {};
    server = createServer((socket) => {
      sockets.add(socket);
      socket.on("error", () => {});
      let loggedIn = false;
      socket.on("data", (chunk) => {
        const text = chunk.toString("latin1");
        if (loggedIn) onData(socket, chunk);
        else if (text.includes("AUTH")) socket.write(login);
        const begin = text.indexOf("BEGIN\r\n");
        if (begin >= 0 && !loggedIn) {
          loggedIn = true;
          if (chunk.length > begin + 7) onData(socket, chunk.subarray(begin + 7));
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(join(folder, "s"), resolve));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const open = (events: { signals?: string[]; closed?: (reason: string) => void; dropped?: () => void } = {}) =>
    openDbusConnection({
      address,
      callTimeoutMs: 2_000,
      onSignal: ({ member = "" }) => events.signals?.push(member),
      onClosed: (reason) => events.closed?.(reason),
      onDropped: () => events.dropped?.(),
    });
  const reply = (to: number, more: object = {}) =>
    codec.encode({ type: MESSAGE_TYPE.reply, serial: 900 + to, replySerial: to, ...more });

  it("reads messages however the stream is cut into chunks", async () => {
    const signals: string[] = [];
    const stream = Buffer.concat(
      ["A", "B", "C"].map((member) => codec.encode({ ...SIGNAL, member, signature: "s", body: ["x".repeat(100)] })),
    );
    for (const size of [1, 7, 16, 100, stream.length]) {
      signals.length = 0;
      onData = (socket) => {
        socket.setNoDelay(true);
        socket.write(reply(1));
        for (let at = 0; at < stream.length; at += size) socket.write(stream.subarray(at, at + size));
        socket.end();
      };
      await new Promise<void>((closed, fail) => open({ signals, closed: () => closed() }).catch(fail));
      expect(signals).toEqual(["A", "B", "C"]);
    }
  });

  it("ends with a reason when the bus sends what is not D-Bus, or a message without end", async () => {
    const endless = Buffer.from(codec.encode(SIGNAL));
    endless.writeUInt32LE(0xffff_ffff, 4);
    for (const garbage of [Buffer.alloc(64, 0x41), endless]) {
      onData = (socket) => socket.write(Buffer.concat([reply(1), codec.encode(SIGNAL)]), () => socket.write(garbage));
      const reason = await new Promise<string>((closed, fail) => open({ closed }).catch(fail));
      expect(reason).toMatch(/what is not D-Bus/);
    }
  });

  it("rejects the calls that wait when the bus goes away, and every call after it", async () => {
    onData = (socket, chunk) => (chunk.includes("Hello") ? socket.write(reply(1)) : socket.destroy());
    const connection = await open();
    const call = { destination: "org.bluez", path: "/", interface: "org.example.A", member: "B" };
    const waiting = Promise.allSettled([connection.call(call), connection.call(call)]);
    for (const outcome of await waiting)
      expect(outcome).toMatchObject({ status: "rejected", reason: { kind: "closed" } });
    await expect(connection.call(call)).rejects.toMatchObject({ kind: "closed" });
  });

  it("has a bound for calls that wait", async () => {
    onData = (socket, chunk) => void (chunk.includes("Hello") && socket.write(reply(1)));
    const connection = await open();
    const call = { destination: "org.bluez", path: "/", interface: "org.example.A", member: "B" };
    const calls = Array.from({ length: 65 }, () => connection.call(call));
    const outcomes = Promise.allSettled(calls);
    await expect(calls[64]).rejects.toThrow("64 calls wait");
    connection.close();
    expect((await outcomes).every((outcome) => outcome.status === "rejected")).toBe(true);
  });

  it("is refused with a typed error when the login fails, hangs up or is no bus at all", async () => {
    for (const [answer, message] of [
      ["REJECTED EXTERNAL\r\n", "the login was refused"],
      ["x".repeat(5_000), "not a D-Bus server"],
    ] as const) {
      login = answer;
      await expect(open()).rejects.toMatchObject({ kind: "unreachable", message: expect.stringContaining(message) });
    }
    login = "";
    await expect(openTransport(address, 50, { message: () => {}, closed: () => {} })).rejects.toThrow(
      "no answer in 50 ms",
    );
    login = "OK 1\r\n";
    onData = (socket) =>
      socket.write(
        codec.encode({
          type: MESSAGE_TYPE.error,
          serial: 2,
          replySerial: 1,
          errorName: "org.freedesktop.DBus.Error.LimitsExceeded",
          signature: "s",
          body: ["full"],
        }),
      );
    const full = await open().catch((error: unknown) => error);
    expect(full).toBeInstanceOf(DbusError);
    expect(full).toMatchObject({ kind: "refused", message: "full" });
  });

  it("counts answers that nobody asked for", async () => {
    let dropped = 0;
    onData = (socket) => socket.end(Buffer.concat([reply(1), reply(5), reply(0x7000_0000)]));
    await new Promise<void>((resolve, fail) => open({ dropped: () => dropped++, closed: () => resolve() }).catch(fail));
    expect(dropped).toBe(2);
  });
});
