/** Bundles the real entry with the fake rooms, and runs it as a process. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));

export interface Program {
  readonly script: string;
  /** An empty home for state and data; goes with `remove`. */
  readonly home: string;
  spawn(words: readonly string[], env?: Record<string, string>): ChildProcess;
  run(words: readonly string[], env?: Record<string, string>): Promise<Outcome>;
  remove(): void;
}
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export async function buildProgram(): Promise<Program> {
  const home = mkdtempSync(join(tmpdir(), "mindos-test-"));
  await build({
    entryPoints: { mindos: join(here, "../../../runtime/cli/main.ts") },
    ...{
      outdir: join(home, "dist"),
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
    },
    ...{ target: "node20", logLevel: "error" },
    plugins: [
      {
        name: "fake-rooms",
        setup(setup) {
          setup.onResolve({ filter: /^\.\.\/hub(-tools)?\.js$/ }, ({ path }) => ({
            path: join(here, path.replace("../", "").replace(".js", ".ts")),
          }));
        },
      },
    ],
  });
  const script = join(home, "dist/mindos.mjs");
  const start = (words: readonly string[], env: Record<string, string> = {}): ChildProcess =>
    spawn(process.execPath, [script, ...words], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], HOME: home, XDG_STATE_HOME: join(home, "state"), TMPDIR: home, ...env },
    });
  return {
    ...{ script, home, spawn: start },
    run: (words, env) => outcomeOf(start(words, env)),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

export function outcomeOf(child: ChildProcess): Promise<Outcome> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    stdout += chunk;
  });
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    stderr += chunk;
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
}
