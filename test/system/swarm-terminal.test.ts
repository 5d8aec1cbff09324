/**
 * `mindos swarm` on a terminal, as a person uses it: tmux is the terminal, keys go in, the screen is read.
 * Needs tmux, and dist/ (npm run build).
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { isAlive, type SwarmRecord } from "../../runtime/cli/places.js";

const PROGRAM = join(dirname(dirname(dirname(fileURLToPath(import.meta.url)))), "dist/mindos.js");
const START_MS = 30_000;
const EVENT_MS = 20_000;

/** A tmux server of its own with one window. */
class Pane {
  readonly #server = `mindos-test-${process.pid}`;
  constructor(
    readonly home: string,
    words: string,
    { columns, rows }: { columns: number; rows: number },
  ) {
    const env = `XDG_STATE_HOME=${home} TMPDIR=${home}`;
    const line = `echo BEFORE; ${env} ${process.execPath} ${PROGRAM} swarm ${words}; echo "EXIT=$?"; sleep 600`;
    this.#tmux("-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows), line);
  }

  #tmux(...words: string[]): string {
    return execFileSync("tmux", ["-L", this.#server, ...words], { encoding: "utf8" });
  }

  screen(): string {
    return this.#tmux("capture-pane", "-p");
  }

  keys(...keys: string[]): void {
    for (const key of keys) this.#tmux("send-keys", key);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What the terminal was left like. */
  modes(): { alternate: boolean; cursor: boolean } {
    const [alternate, cursor] = this.#tmux("display-message", "-p", "#{alternate_on} #{cursor_flag}").trim().split(" ");
    return { alternate: alternate === "1", cursor: cursor === "1" };
  }

  async until(pattern: RegExp, timeoutMs = EVENT_MS): Promise<string> {
    await expect.poll(() => this.screen(), { timeout: timeoutMs, interval: 100 }).toMatch(pattern);
    return this.screen();
  }

  swarmPid(): number {
    return this.#swarm().pid;
  }

  hubPids(): number[] {
    return this.#swarm().hubs.map(({ dataDir }) => (readJson(join(dataDir, "hub.json")) as { pid: number }).pid);
  }

  #swarm(): SwarmRecord {
    return readJson(join(this.home, "mindos/swarm.json")) as SwarmRecord;
  }

  close(): void {
    this.#tmux("kill-server");
  }
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, "utf8"));
}

let home = "";
let pane: Pane | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "mindos-terminal-"));
});
afterEach(() => {
  pane?.close();
  pane = undefined;
  rmSync(home, { recursive: true, force: true });
});

describe("a swarm on a terminal", () => {
  test("links, survives a kill, heals, answers, and gives the terminal back", async () => {
    pane = new Pane(home, "", { columns: 100, rows: 30 });
    await pane.until(/3 of 3 hubs/, START_MS);
    await pane.until(/hub-1 ↔ hub-2.*hub-1 ↔ hub-3.*hub-2 ↔ hub-3/, START_MS);
    await pane.until(/°C/);
    expect(pane.modes()).toEqual({ alternate: true, cursor: false });

    pane.keys("2", "k");
    await pane.until(/▸ 2 hub-2 .* killed/);
    await pane.until(/LINKS\s+hub-1 ↔ hub-3 [^↔]*$/m);
    expect(pane.screen()).toMatch(/2 of 3 hubs/);

    pane.keys("r");
    await pane.until(/3 of 3 hubs/);
    await pane.until(/hub-1 ↔ hub-2.*hub-1 ↔ hub-3.*hub-2 ↔ hub-3/);

    pane.keys("a");
    await pane.until(/Enter asks all hubs/);
    pane.keys("Enter");
    await pane.until(/ASK is anything unusual\?\s*\n {4}\S/);

    pane.resize(80, 24);
    await pane.until(/q quit/);
    const narrow = pane.screen().trimEnd().split("\n");
    expect(narrow.length).toBeLessThanOrEqual(24);

    pane.keys("q");
    const last = await pane.until(/EXIT=0/);
    expect(last).toContain("BEFORE");
    expect(last).toMatch(/hubs +3 of 3 up, 3 links/);
    expect(pane.modes()).toEqual({ alternate: false, cursor: true });
    expect(existsSync(join(home, "mindos/swarm.json"))).toBe(false);
  });

  test("gives the terminal back when it is told to stop, and no process stays", async () => {
    pane = new Pane(home, "--hubs 2", { columns: 120, rows: 30 });
    await pane.until(/2 of 2 hubs[\s\S]*hub-1 ↔ hub-2/, START_MS);
    const pids = pane.hubPids();
    expect(pids).toHaveLength(2);
    expect(pids.every(isAlive)).toBe(true);
    process.kill(pane.swarmPid(), "SIGTERM");
    await pane.until(/EXIT=0/);
    expect(pane.modes()).toEqual({ alternate: false, cursor: true });
    expect(pids.filter(isAlive)).toEqual([]);
  });
});
