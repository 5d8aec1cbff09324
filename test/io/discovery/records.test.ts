import { type Answer, decode, encode } from "dns-packet";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isUsableAddress,
  pointerOf,
  readResponse,
  recordsOf,
  SERVICE,
  wantsAnswer,
} from "../../../runtime/io/discovery/records.js";
import { hubIdOf } from "../../contract/discovery.js";

const hub = hubIdOf(1);

describe("readResponse", () => {
  test("reads what recordsOf wrote, over the wire, with every port", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 65_535 }), (port) => {
        const { answers } = decode(encode({ type: "response", answers: recordsOf(hub, port, ["127.0.0.1"]) }));
        expect(readResponse(answers ?? [])).toEqual({
          announced: [{ hub, port, addresses: ["127.0.0.1"], ttlS: 120, home: "home" }],
          left: [],
          invalid: 0,
        });
      }),
    );
  });

  test("a lifetime of 0 is a goodbye", () => {
    expect(readResponse(recordsOf(hub, 1, ["127.0.0.1"], true))).toEqual({ announced: [], left: [hub], invalid: 0 });
  });

  test("other services' records are none of our business", () => {
    const records: Answer[] = [
      { name: "_http._tcp.local", type: "PTR", ttl: 1, data: "x._http._tcp.local" },
      { name: "printer.local", type: "A", ttl: 1, data: "127.0.0.1" },
    ];
    expect(readResponse(records)).toEqual({ announced: [], left: [], invalid: 0 });
  });

  test("records past the sixty-fourth are not looked at", () => {
    const padding: Answer[] = Array.from({ length: 64 }, () => ({
      name: "x.local",
      type: "A",
      ttl: 1,
      data: "127.0.0.1",
    }));
    expect(readResponse([...padding, ...recordsOf(hub, 1, ["127.0.0.1"])])).toEqual({
      announced: [],
      left: [],
      invalid: 4,
    });
  });

  test("whatever a decoder makes of damaged bytes gives a value", () => {
    const valid = encode({ type: "response", answers: recordsOf(hub, 1_883, ["127.0.0.1"]) });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(valid);
        for (const [at, value] of changes) bytes[at] = value;
        let answers: Answer[] = [];
        try {
          answers = decode(bytes).answers ?? [];
        } catch {
          return; // counted as malformed by the caller
        }
        for (const found of readResponse(answers).announced) expect(found.port).toBeGreaterThan(0);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("wantsAnswer", () => {
  const questions = [{ name: SERVICE.toUpperCase(), type: "PTR" as const }];

  test("a query for the service does, unless it lists this hub as known with half its lifetime left", () => {
    expect(wantsAnswer({ questions }, hub)).toBe(true);
    expect(wantsAnswer({ questions, answers: [pointerOf(hubIdOf(2))] }, hub)).toBe(true);
    expect(wantsAnswer({ questions, answers: [pointerOf(hub)] }, hub)).toBe(false);
    expect(wantsAnswer({ questions, answers: [pointerOf(hub, 2_000)] }, hub)).toBe(true);
  });

  test("a query for something else does not", () => {
    expect(wantsAnswer({ questions: [{ name: "_http._tcp.local", type: "PTR" }] }, hub)).toBe(false);
    expect(wantsAnswer({}, hub)).toBe(false);
  });
});

describe("isUsableAddress", () => {
  test.each([
    ["127.0.0.1", true, true],
    ["10.0.0.1", true, false],
    ["127.0.0.1", false, false],
    ["10.1.2.3", false, true],
    ["172.31.0.1", false, true],
    ["172.32.0.1", false, false],
    ["192.168.1.9", false, true],
    ["169.254.0.9", false, true],
    ["8.8.8.8", false, false],
    ["224.0.0.251", false, false],
    ["127.0.0.256", true, false],
    ["127.0.1", true, false],
    ["127.0.0.x", true, false],
    ["", true, false],
  ])("%s, loopback only: %s → %s", (address, loopback, usable) => {
    expect(isUsableAddress(address, loopback)).toBe(usable);
  });
});
