import { expect, test } from "vitest";
import { readSystemLoad } from "../../runtime/io/system-load.js";

test("MemAvailable is read from /proc", () => {
  const load = readSystemLoad({
    readText: (path) => (path === "/proc/meminfo" ? "MemTotal: 9 kB\nMemAvailable:    2048 kB\n" : ""),
  });
  expect(load.freeMemoryMiB).toBe(2);
});

test("without /proc Node's own figures are used", () => {
  const load = readSystemLoad({
    readText: () => {
      throw new Error("ENOENT");
    },
  });
  expect(load.freeMemoryMiB).toBeGreaterThan(0);
  expect(load.cpuLoad).toBeGreaterThanOrEqual(0);
});
