import { expect, test } from "vitest";
import { readSystemLoad } from "../../runtime/io/system-load.js";

test("MemAvailable and VmRSS are read from /proc", async () => {
  const load = await readSystemLoad({
    readText: async (path) =>
      path === "/proc/meminfo" ? "MemTotal: 9 kB\nMemAvailable:    2048 kB\n" : "Name:\tnode\nVmRSS:\t   51200 kB\n",
  });
  expect(load).toMatchObject({ freeMemoryMiB: 2, rssMiB: 50 });
});

test("without /proc Node's own figures are used", async () => {
  const load = await readSystemLoad({ readText: () => Promise.reject(new Error("ENOENT")) });
  expect(load.freeMemoryMiB).toBeGreaterThan(0);
  expect(load.rssMiB).toBeGreaterThan(10);
  expect(load.cpuLoad).toBeGreaterThanOrEqual(0);
});
