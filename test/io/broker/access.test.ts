import { describe, expect, test } from "vitest";
import {
  filterMatches,
  isLoopback,
  isWellFormed,
  loopbackOnly,
  mayUseClientId,
} from "../../../runtime/io/broker/access.js";
import { isOwnOrigin } from "../../../runtime/io/broker/websocket.js";

const limits = { topicBytesMax: 64, topicLevelsMax: 5 };

describe("topic filters", () => {
  test.each([
    ["a/b", "a/b", true],
    ["a/+", "a/b", true],
    ["a/+", "a/b/c", false],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["#", "a", true],
    ["+", "a/b", false],
    ["+/+", "/a", true],
    ["a", "a/b", false],
    ["a/b/c", "a/b", false],
  ])("%s against %s: %s", (filter, topic, matches) => {
    expect(filterMatches(filter, topic)).toBe(matches);
  });

  test.each([
    ["a/b", true, true],
    ["a/#", true, true],
    ["a/#/b", true, false],
    ["a#", true, false],
    ["a+", true, false],
    ["#", false, false],
    ["", true, false],
    ["a/b/c/d/e/f", false, false],
    ["x".repeat(65), false, false],
    ["a\u0000", false, false],
    ["__proto__", false, false],
  ])("%j as a filter (%s) is well formed: %s", (topic, filter, good) => {
    expect(isWellFormed(topic, filter, limits)).toBe(good);
  });
});

describe("who may do what without an owner", () => {
  const from = (address: string) => ({ clientId: "x", address });

  test.each([
    ["127.0.0.1", true],
    ["127.9.9.9", true],
    ["::1", true],
    ["::ffff:127.0.0.1", true],
    ["192.168.1.2", false],
    ["::ffff:10.0.0.1", false],
    ["", false],
  ])("a client at %j may connect: %s", (address, allowed) => {
    expect(isLoopback(address)).toBe(allowed);
    expect(loopbackOnly.connect(from(address))).toBe(allowed);
  });

  test.each([
    ["mindos/v1/#", true],
    ["mindos/v1/+/x", true],
    ["mindos/+/x", false],
    ["mindos/#", false],
    ["#", false],
    ["app/#", false],
  ])("may read %s: %s", (filter, allowed) => {
    expect(loopbackOnly.subscribe(from("::1"), filter)).toBe(allowed);
  });
});

test.each([
  ["", true],
  ["phone-1", true],
  ["0a".repeat(16), false],
  ["a b", false],
  ["x".repeat(65), false],
])("%j is a client's name: %s", (clientId, allowed) => {
  expect(mayUseClientId(clientId)).toBe(allowed);
});

describe("the WebSocket door's Origin", () => {
  test.each([
    ["127.0.0.1:8480", undefined, true],
    ["127.0.0.1:8480", "http://127.0.0.1:8480", true],
    ["localhost:8480", "http://localhost:8480", true],
    ["[::1]:8480", "http://[::1]:8480", true],
    ["127.0.0.1:8480", "http://evil.example", false],
    ["127.0.0.1:8480", "http://127.0.0.1:9999", false],
    ["127.0.0.1:8480", "null", false],
    ["evil.example:8480", "http://evil.example:8480", false],
    ["evil.example:8480", undefined, false],
    [undefined, undefined, false],
  ])("host %s, origin %s: %s", (host, origin, allowed) => {
    expect(isOwnOrigin(host, origin)).toBe(allowed);
  });
});
