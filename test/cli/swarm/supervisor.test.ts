import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { isAlive } from "../../../runtime/cli/places.js";
import { type Report, Supervisor, type SupervisorOptions } from "../../../runtime/cli/swarm/supervisor.js";

const script = join(dirname(fileURLToPath(import.meta.url)), "../fake/stubborn-hub.sh");
const running: Supervisor[] = [];

/** A supervisor of hubs that behave as told, and a way to wait for what it reports. */
function supervise(behaviours: readonly (() => string)[], change: Partial<SupervisorOptions> = {}) {
  const reports: Report[] = [];
  const waiting = new Set<() => void>();
  const supervisor = new Supervisor({
    program: { execPath: "/bin/sh", execArgv: [], script },
    plans: behaviours.map((behaviour, at) => ({ name: `hub-${at + 1}`, words: () => [behaviour()] })),
    env: process.env,
    report: (report) => {
      reports.push(report);
      for (const check of waiting) check();
    },
    nowMs: () => performance.now(),
    ...{ retryMsMin: 20, retryMsMax: 100, ...change },
  });
  running.push(supervisor);
  const seen = (matches: (report: Report) => boolean, times = 1): Promise<Report> =>
    new Promise((resolve) => {
      const check = (): void => {
        const found = reports.filter(matches);
        if (found.length < times) return;
        waiting.delete(check);
        resolve(found[times - 1]!);
      };
      waiting.add(check);
      check();
    });
  return { supervisor, reports, seen };
}

const isStarted = (report: Report): boolean => report.type === "event" && report.event.event === "hub-started";
const isExit = (report: Report): report is Report & { type: "exited" } => report.type === "exited";

afterEach(() => {
  for (const supervisor of running.splice(0)) supervisor.killAll();
});

describe("the supervisor of a swarm", () => {
  test("starts each hub, reports its events, and stops it politely", async () => {
    const { supervisor, reports, seen } = supervise([() => "run", () => "run"]);
    supervisor.start();
    await seen(isStarted, 2);
    await supervisor.stop();
    expect(reports.filter(isExit).map(({ process, why }) => [process, why])).toEqual([
      ["stopped", "ended with status 0"],
      ["stopped", "ended with status 0"],
    ]);
    expect(reports.filter((report) => report.type === "event" && report.event.event === "hub-stopped")).toHaveLength(2);
  });

  test("brings back a hub that dies, after pauses that double up to the bound", async () => {
    const { supervisor, reports, seen } = supervise([() => "die"]);
    supervisor.start();
    await seen(isExit, 5);
    expect(reports.filter(isExit).map(({ process, retryMs }) => [process, retryMs])).toEqual([
      ["down", 20],
      ["down", 40],
      ["down", 80],
      ["down", 100],
      ["down", 100],
    ]);
    expect(reports.filter((report) => report.type === "said")[0]).toMatchObject({ text: "a last word" });
  });

  test("forgets earlier failures once a hub has run for a while", async () => {
    const { supervisor, reports, seen } = supervise([() => "die"], { stableMs: 0 });
    supervisor.start();
    await seen(isExit, 3);
    expect(reports.filter(isExit).map(({ retryMs }) => retryMs)).toEqual([20, 20, 20]);
  });

  test("leaves a hub that was killed by hand, until it is revived by hand", async () => {
    const { supervisor, reports, seen } = supervise([() => "run"]);
    supervisor.start();
    await seen(isStarted);
    expect(supervisor.revive(0)).toBe(false);
    expect(supervisor.kill(0)).toBe(true);
    await seen(isExit);
    expect(reports.filter(isExit)[0]).toEqual({ type: "exited", at: 0, process: "killed", why: "killed by hand" });
    expect(supervisor.kill(0)).toBe(false);
    expect(supervisor.revive(0)).toBe(true);
    await seen(isStarted, 2);
    expect(reports.filter((report) => report.type === "spawned")).toHaveLength(2);
  });

  test("does not try again what cannot go well, and says why", async () => {
    const { supervisor, reports, seen } = supervise([() => "hopeless"]);
    supervisor.start();
    await seen(isExit);
    expect(reports.find((report) => report.type === "problem")).toMatchObject({ problem: { code: "PORT_IN_USE" } });
    expect(reports.filter(isExit)).toEqual([{ type: "exited", at: 0, process: "failed", why: "port 1883 is taken" }]);
  });

  test("makes the words of a hub anew at each start", async () => {
    let starts = 0;
    const { supervisor, seen } = supervise([() => (starts++ === 0 ? "die" : "run")]);
    supervisor.start();
    await seen(isStarted, 2);
    expect(starts).toBe(2);
  });

  test("kills a hub that does not stop when asked", async () => {
    const { supervisor, reports, seen } = supervise([() => "deaf"], { stopMsMax: 100 });
    supervisor.start();
    await seen(isStarted);
    await supervisor.stop();
    expect(reports.filter(isExit)[0]).toMatchObject({ process: "stopped", why: "ended by SIGKILL" });
    const pids = reports.flatMap((report) => (report.type === "spawned" ? [report.pid] : []));
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test("reports a program that cannot be started", async () => {
    const { supervisor, seen, reports } = supervise([() => "run"], {
      program: { execPath: "/nonexistent/node", execArgv: [], script },
    });
    supervisor.start();
    await seen(isExit);
    expect(reports.filter(isExit)[0]?.why).toContain("did not start");
  });

  test("passes on what is no event as something said", async () => {
    const { supervisor, seen } = supervise([() => "nonsense"]);
    supervisor.start();
    expect(await seen((report) => report.type === "said")).toMatchObject({ text: "nonsense" });
  });
});
