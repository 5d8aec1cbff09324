import { describe, expect, test } from "vitest";
import type { Output } from "../../runtime/cli/command.js";
import { describeEvent, type Level } from "../../runtime/cli/event-lines.js";
import { aborted, createEventWriter, within } from "../../runtime/cli/event-writer.js";
import { failureText } from "../../runtime/cli/failure.js";
import { eventWithHub } from "../../runtime/cli/swarm/headless.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { MindosEvent } from "../../runtime/core/status.js";
import { detectionOf, hubId, sensorOf, statusOf } from "./swarm/sample.js";

const events: readonly MindosEvent[] = [
  { event: "hub-started", hub: hubId(0), name: "cellar", mqttPort: 1883, url: "http://127.0.0.1:8480", startMs: 140 },
  { event: "peer-found", peer: hubId(1), host: "127.0.0.1", port: 1884, via: "mdns" },
  { event: "link-up", peer: hubId(1), name: "attic" },
  { event: "link-down", peer: hubId(1), reason: "timeout" },
  { event: "hub-state", hub: hubId(1), state: "dead" },
  { event: "home-open", home: "villa", addresses: [{ host: "fe80::1", port: 40_123 }] },
  { event: "invitations", open: 1 },
  { event: "source", name: "motes", origin: "replay", state: "running", note: "4 motes" },
  { event: "sensor-heard", sensor: sensorOf(1) },
  { event: "detection", hub: hubId(0), detection: detectionOf("d") },
  { event: "answer", question: "q", text: "t", tookMs: 12, hubs: 3, sensors: 4 },
  { event: "inference", state: "restarting", note: "too large" },
  { event: "repaired", note: "the lock of a hub that died was removed" },
  { event: "problem", code: "DISK_FULL", message: "full", remedy: "free some" },
  { event: "stats", status: statusOf(0, []) },
  { event: "hub-stopped", hub: hubId(0) },
];

function outputOf(backlogBytes: () => number = () => 0): Output & { text: string } {
  return {
    text: "",
    ...{ isTerminal: false, columns: 80, tableColumns: 80, rows: 24, color: false },
    get backlogBytes() {
      return backlogBytes();
    },
    write(text) {
      this.text += text;
    },
  };
}
const write = (json: boolean, level: Level, backlogBytes?: () => number) => {
  const out = outputOf(backlogBytes);
  const writer = createEventWriter(out, { json, level, wallMs: () => 0 });
  for (const event of events) writer.write(event);
  return { text: out.text, dropped: writer.dropped };
};

describe("events", () => {
  test("are one line of JSON each, all of them", () => {
    const lines = write(true, "error").text.trimEnd().split("\n");
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(JSON.parse(JSON.stringify(events)));
  });

  test("are lines for people, down to the level that is wanted", () => {
    expect(write(false, "error").text).toMatch(/^\d\d:\d\d:\d\d full\n→ free some\n$/);
    expect(write(false, "info").text).toContain("link to attic (aaaaaaaa) is up");
    expect(write(false, "info").text).toContain("link to attic (aaaaaaaa) is down: timeout");
    expect(write(false, "info").text).toContain("attic (aaaaaaaa) is away");
    expect(write(false, "info").text).toContain("in the home villa: its hubs come in at [fe80::1]:40123");
    expect(write(false, "info").text).toContain("unusual [replay]: humidity jumps (score 0.93)");
    expect(write(false, "info").text).not.toContain("found");
    expect(write(false, "debug").text).toContain("found aaaaaaaa at 127.0.0.1:1884 by mdns");
  });

  test("carry no control character from outside", () => {
    const evil: MindosEvent = { event: "link-up", peer: hubId(1), name: "\x1b[2J\u202e\n" };
    expect(describeEvent(evil).text).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  test("are dropped and counted when nobody reads them: figures first, then all", () => {
    expect(write(true, "info", () => 300_000)).toMatchObject({ dropped: 1 });
    expect(write(true, "info", () => 5_000_000)).toEqual({ text: "", dropped: events.length });
  });

  test("of a swarm have the hub's name, and its id beside it", () => {
    expect(eventWithHub("hub-1", events[0]!)).toMatchObject({ event: "hub-started", hub: "hub-1", hubId: hubId(0) });
    expect(eventWithHub("hub-1", events[2]!)).toEqual({
      event: "link-up",
      peer: hubId(1),
      name: "attic",
      hub: "hub-1",
    });
  });
});

describe("a failure", () => {
  const error = new MindosError("PORT_IN_USE", "port 1883 is taken");

  test("says what happened and what to do, and never a stack", () => {
    const text = failureText(error, { json: false, debug: false });
    expect(text).toBe(`error: port 1883 is taken\n→ ${error.remedy}\n`);
    expect(failureText(new TypeError("oh"), { json: false, debug: false })).toMatch(/^error: oh\n→ This is a bug/);
    expect(failureText("text", { json: false, debug: false })).toContain("error: text");
  });

  test("has its stack when somebody looks for the bug", () => {
    expect(failureText(error, { json: false, debug: true })).toContain("event-writer.test");
  });

  test("is an object for programs", () => {
    const { code, message, remedy } = error;
    expect(JSON.parse(failureText(error, { json: true, debug: true }))).toEqual({ error: { code, message, remedy } });
  });
});

describe("waiting", () => {
  test("ends with the signal, at once when it has come already", async () => {
    const stop = new AbortController();
    const waiting = aborted(stop.signal);
    stop.abort();
    await waiting;
    await aborted(stop.signal);
  });

  test("for work has a limit", async () => {
    await within(Promise.resolve(), 1_000, "this");
    await expect(within(new Promise(() => undefined), 5, "stopping")).rejects.toThrow("stopping took longer");
    await expect(within(Promise.reject(new Error("own")), 1_000, "this")).rejects.toThrow("own");
  });
});
