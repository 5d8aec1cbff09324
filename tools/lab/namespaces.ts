/**
 * Network namespaces joined by veth pairs: a network of one's own, inside one machine. Needs root and iproute2.
 * Namespaces are named after the lab and its process: labs of several processes do not meet, and what one left that died the next clears away.
 */
import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** One end of a cable: the interface's name inside the namespace, and its address. */
export interface CableEnd {
  readonly namespace: string;
  /** "10.77.3.1/24" */
  readonly address: string;
}

/** A Linux interface name is at most 15 bytes. */
const INTERFACE_NAME_MAX = 15;

/** @returns why no lab can be built here; undefined when one can. */
export function whyNoLab(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are a thing of Linux";
  if (process.getuid?.() !== 0) return "making network namespaces needs root";
  try {
    execFileSync("ip", ["-V"], { stdio: "ignore" });
  } catch {
    return "the `ip` command is missing: install iproute2";
  }
  return undefined;
}

export class Lab {
  readonly #namespaces: string[] = [];
  readonly #children = new Set<ChildProcess>();
  #cables = 0;
  /** A bench that gives a lab up ends before it is destroyed. */
  readonly #onExit = (): void => this.destroy();

  /** @param name at most 6 letters: interface names are short. */
  constructor(readonly name: string) {
    if (!/^[a-z]{1,6}$/.test(name)) throw new RangeError("a lab's name is 1 to 6 small letters");
    this.#clearEarlier();
    process.once("exit", this.#onExit);
  }

  /** @param names without the lab's name, which is put before them. */
  addNamespaces(names: readonly string[]): void {
    const full = names.map((name) => this.full(name));
    batch(full.map((name) => `netns add ${name}`));
    this.#namespaces.push(...full);
    for (const name of full) {
      batch(["link set lo up"], name);
      // Nobody else is on these cables: no second of waiting for an address that might be taken (RFC 4862 §5.4).
      execFileSync("ip", ["netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0"]);
    }
  }

  full(name: string): string {
    return `${this.name}-${process.pid}-${name}`;
  }

  /** @returns the names of the two interfaces. */
  cable(a: CableEnd, b: CableEnd): readonly [string, string] {
    return this.cables([[a, b]])[0] ?? ["", ""];
  }

  /** Many at once, with one process for each namespace.
   *  @param up false: plugged in, and dead until `plug`. */
  cables(pairs: readonly (readonly [CableEnd, CableEnd])[], up = true): (readonly [string, string])[] {
    const made: (readonly [string, string])[] = [];
    const outside: string[] = [];
    const inside = new Map<string, string[]>();
    for (const [a, b] of pairs) {
      this.#cables += 1;
      const names = [`${this.name}${this.#cables}a`, `${this.name}${this.#cables}b`] as const;
      if (names[0].length > INTERFACE_NAME_MAX) throw new RangeError("too many cables for one lab");
      const [nameA, nameB] = names;
      outside.push(
        `link add ${nameA} netns ${this.full(a.namespace)} type veth peer name ${nameB} netns ${this.full(b.namespace)}`,
      );
      for (const [end, name] of [
        [a, nameA],
        [b, nameB],
      ] as const) {
        const lines = inside.get(end.namespace) ?? [];
        inside.set(end.namespace, lines);
        lines.push(`addr add ${end.address} dev ${name}`);
        if (up) lines.push(`link set ${name} up`);
      }
      made.push(names);
    }
    batch(outside);
    for (const [namespace, lines] of inside) batch(lines, this.full(namespace));
    return made;
  }

  /** Brings interfaces up or takes them down, all at once. */
  plug(interfaces: readonly (readonly [namespace: string, name: string])[], up: boolean): void {
    const byNamespace = new Map<string, string[]>();
    for (const [namespace, name] of interfaces) {
      const lines = byNamespace.get(namespace) ?? [];
      byNamespace.set(namespace, lines);
      lines.push(`link set ${name} ${up ? "up" : "down"}`);
    }
    for (const [namespace, lines] of byNamespace) batch(lines, this.full(namespace));
  }

  /** Any `ip` commands inside a namespace, without the leading "ip". */
  ip(namespace: string, commands: readonly string[]): void {
    batch(commands, this.full(namespace));
  }

  /** A program inside a namespace that ends by itself. */
  run(namespace: string, command: string, args: readonly string[]): void {
    execFileSync("ip", ["netns", "exec", this.full(namespace), command, ...args], { stdio: "ignore" });
  }

  /** A program inside a namespace; killed with the lab. */
  spawn(namespace: string, command: string, args: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const child = spawn("ip", ["netns", "exec", this.full(namespace), command, ...args], options);
    this.#children.add(child);
    child.once("exit", () => this.#children.delete(child));
    return child;
  }

  /** Idempotent. */
  destroy(): void {
    process.off("exit", this.#onExit);
    for (const child of this.#children) child.kill("SIGKILL");
    this.#children.clear();
    for (const name of this.#namespaces.splice(0)) removeNamespace(name);
  }

  /** Of processes that are gone, and of an earlier lab of this name in this one. */
  #clearEarlier(): void {
    const listed = execFileSync("ip", ["netns", "list"], { encoding: "utf8" });
    for (const line of listed.split("\n")) {
      const name = line.split(" ")[0] ?? "";
      const [, lab, pid] = /^([a-z]{1,6})-(\d+)-/.exec(name) ?? [];
      if (pid === undefined) continue;
      const isOwn = pid === `${process.pid}` && lab === this.name;
      if (isOwn || !existsSync(`/proc/${pid}`)) removeNamespace(name);
    }
  }
}

function removeNamespace(name: string): void {
  try {
    const pids = execFileSync("ip", ["netns", "pids", name], { encoding: "utf8" }).split("\n").filter(Boolean);
    for (const pid of pids) if (existsSync(`/proc/${pid}`)) process.kill(Number(pid), "SIGKILL");
    execFileSync("ip", ["netns", "del", name], { stdio: "ignore" });
  } catch {
    // It is gone already, or one of its programs is.
  }
}

function batch(lines: readonly string[], namespace?: string): void {
  if (lines.length === 0) return;
  const where = namespace === undefined ? [] : ["-n", namespace];
  execFileSync("ip", [...where, "-batch", "-"], { input: `${lines.join("\n")}\n`, stdio: ["pipe", "ignore", "pipe"] });
}
