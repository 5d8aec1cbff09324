/** One inference child: started, spoken to, measured and killed. What it says is checked before it is passed on. */
import { type ChildProcess, fork } from "node:child_process";
import { readFileSync } from "node:fs";
import { messageOf } from "../../core/errors.js";
import { type FromChild, fromChild, type ToChild } from "./messages.js";

export interface InferenceProcess {
  readonly pid: number | undefined;
  send(message: ToChild): void;
  /** Resident memory, where /proc tells. Unit: MiB. */
  rssMiB(): number | undefined;
  kill(): void;
}

export interface InferenceProcessEvents {
  message(message: FromChild): void;
  /** It said something that is no message: it cannot be trusted any more. */
  nonsense(): void;
  /** Once, whatever the reason. `killed`: by SIGKILL, which nothing that runs in it can send by mistake. */
  exited(note: string, killed: boolean): void;
}

/** The heap stays small: the models live outside it, and a batch is a few hundred kilobytes. */
const NODE_FLAGS = ["--max-old-space-size=96", "--max-semi-space-size=1", "--no-warnings"];
const STDERR_KEPT = 600;

export function spawnInference(childPath: string, events: InferenceProcessEvents): InferenceProcess {
  const child = fork(childPath, [], {
    serialization: "advanced",
    execArgv: [...NODE_FLAGS, ...loaderFlags(childPath)],
    env: environment(),
    stdio: ["ignore", "ignore", "pipe", "ipc"],
  });
  let stderr = "";
  let ended = false;
  const end = (note: string, killed: boolean) => {
    if (ended) return;
    ended = true;
    events.exited(note, killed);
  };
  child.stderr?.setEncoding("utf8");
  child.stderr?.on("data", (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_KEPT);
  });
  child.on("message", (value) => {
    const message = fromChild(value);
    if (message) events.message(message);
    else events.nonsense();
  });
  child.on("error", (error) => {
    if (child.pid === undefined) end(`could not be started: ${messageOf(error)}`, false);
  });
  child.on("exit", (code, signal) => end(exitNote(code, signal, stderr), signal === "SIGKILL"));
  return {
    pid: child.pid,
    // A child that is just dying refuses; its exit says the rest.
    send: (message) => void (child.connected && child.send(message, () => undefined)),
    rssMiB: () => (ended ? undefined : residentMiB(child)),
    kill: () => void child.kill("SIGKILL"),
  };
}

/** Tests and `npx tsx` run the child from its source. */
function loaderFlags(childPath: string): string[] {
  return childPath.endsWith(".ts") ? ["--import", "tsx"] : [];
}

/** Not the hub's own: no secret of it belongs here. One malloc arena saves glibc's per-thread heaps. */
/** onnxruntime's Linux library reports to its maker over the network, and leaves files in the home folder, unless told
 *  not to before it is loaded. Nothing leaves the house. */
const TELEMETRY_OFF = { ORT_DISABLE_TELEMETRY: "1" };

function environment(): NodeJS.ProcessEnv {
  const kept = ["PATH", "HOME", "TMPDIR", "TEMP", "TMP", "SystemRoot", "LD_LIBRARY_PATH", "LANG"];
  const env: NodeJS.ProcessEnv = { MALLOC_ARENA_MAX: "1", ...TELEMETRY_OFF };
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name];
  return env;
}

function residentMiB({ pid }: ChildProcess): number | undefined {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kib === undefined ? undefined : Math.round((Number(kib) / 1024) * 10) / 10;
  } catch {
    return undefined;
  }
}

function exitNote(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  const how = signal === null ? `ended with status ${code ?? "unknown"}` : `was ended by ${signal}`;
  const said = stderr.split("\n").findLast((line) => line.trim() !== "");
  return `the inference process ${how}${said === undefined ? "" : `: ${said.trim()}`}`;
}
