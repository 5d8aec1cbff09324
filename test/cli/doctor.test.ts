import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeFindings, examine } from "../../runtime/cli/commands/doctor.js";
import { clockProbe, diskProbe, memoryProbe, nodeProbe, portProbe } from "../../runtime/cli/doctor/checks.js";
import { MindosError } from "../../runtime/core/errors.js";
import type { Probe } from "../../runtime/core/tools.js";

const stateOf = async (probe: Probe): Promise<string> => (await probe.run()).state;

describe("the doctor", () => {
  test.each([
    ["18.20.0", "fail"],
    ["20.11.9", "fail"],
    ["20.12.0", "ok"],
    ["24.0.0", "ok"],
  ])("finds Node %s %s", async (version, state) => {
    expect(await stateOf(nodeProbe(version))).toBe(state);
  });

  test("judges memory by what a hub needs", async () => {
    expect(await stateOf(memoryProbe(128, 64))).toBe("fail");
    expect(await memoryProbe(464, 300).run()).toMatchObject({
      state: "warn",
      remedy: "Run the hub with --profile small.",
    });
    expect(await stateOf(memoryProbe(4_000, 100))).toBe("warn");
    expect(await stateOf(memoryProbe(4_000, 2_000))).toBe("ok");
  });

  test("looks at the nearest folder that exists, and changes nothing", async () => {
    const path = join(tmpdir(), "mindos-none", "deep", "er");
    expect(await diskProbe(path).run()).toMatchObject({ found: expect.stringContaining(path) });
    expect((await diskProbe("/proc/mindos").run()).state).toBe("fail");
  });

  test("tells a free port from one that is taken, and from the hub's own", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    expect(await portProbe("p", "Port", port, [], "--port").run()).toMatchObject({
      state: "warn",
      remedy: expect.stringContaining("--port"),
    });
    expect(await stateOf(portProbe("p", "Port", port, [port], "--port"))).toBe("ok");
    await new Promise((resolve) => server.close(resolve));
    expect(await stateOf(portProbe("p", "Port", port, [], "--port"))).toBe("ok");
  });

  test("doubts a clock of 1970, and one that stands still", async () => {
    const now = (): number => performance.now();
    expect(await stateOf(clockProbe(() => 0, now))).toBe("warn");
    expect(
      await stateOf(
        clockProbe(
          () => Date.UTC(2026, 0),
          () => 5,
        ),
      ),
    ).toBe("warn");
    expect(await stateOf(clockProbe(() => Date.UTC(2026, 0), now))).toBe("ok");
  });

  test("makes a finding of a check that fails or hangs", async () => {
    const probe = (run: Probe["run"]): Probe => ({ id: "x", title: "X", run });
    const failing = probe(async () => Promise.reject(new MindosError("MODEL_MISSING", "no model")));
    expect(await examine(failing)).toMatchObject({
      state: "fail",
      found: "no model",
      remedy: expect.stringContaining("npm run train"),
    });
    expect(
      await examine(
        probe(() => new Promise(() => undefined)),
        5,
      ),
    ).toMatchObject({ state: "warn" });
  });

  test("prints what to do under what is wrong, and a verdict", () => {
    const ok = { id: "a", title: "Node.js", state: "ok", found: "20" } as const;
    const warn = { id: "b", title: "Bluetooth", state: "warn", found: "no adapter", remedy: "Plug one in." } as const;
    const fail = { id: "c", title: "Disk", state: "fail", found: "full", remedy: "Free some." } as const;
    expect(describeFindings([ok, warn], false)).toBe(
      "ok    Node.js    20\nwarn  Bluetooth  no adapter\n                 → Plug one in.\n\nA hub can run here, with 1 limitation.\n",
    );
    expect(describeFindings([ok, warn, fail], false)).toContain("cannot run here yet: 1 of 3 checks failed");
    expect(describeFindings([ok], true)).toContain("\x1b[32mok");
  });
});
