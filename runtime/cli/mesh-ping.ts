/** Pings along the mesh's ways, told as ping(8) tells it. */
import type { HubId } from "../core/ids.js";
import type { Echo } from "../core/mesh-status.js";
import { counted } from "../core/mesh-words.js";
import type { CommandContext } from "./command.js";
import { pause } from "./prompt.js";

export interface PingPlan {
  readonly hub: HubId;
  readonly name: string;
  /** It is the hub that asks. */
  readonly isSelf: boolean;
  /** Infinity: until it is stopped. */
  readonly count: number;
  /** Unit: ms. */
  readonly intervalMs: number;
  readonly ask: (hub: HubId) => Promise<Echo | undefined>;
}

/** As the house's exit codes have it: not reachable. */
const UNREACHED = 4;

/** @returns the exit status: 0 when anything came back. */
export async function pingHub(
  { hub, name, isSelf, count, intervalMs, ask }: PingPlan,
  { json, out }: Pick<CommandContext, "json" | "out">,
  stop: AbortSignal,
): Promise<number> {
  const times = new PingTimes();
  if (!json) out.write(`PING ${name} (${hub})\n`);
  for (let seq = 1; seq <= count && !stop.aborted; seq++) {
    const echo = await ask(hub);
    if (stop.aborted) break;
    times.add(echo);
    out.write(
      json ? `${jsonOf({ event: "ping", hub, seq, ...echo })}\n` : `${describeEcho(name, seq, echo, isSelf)}\n`,
    );
    if (seq < count) await pause(Math.max(0, intervalMs - (echo?.rttMs ?? intervalMs)), stop);
  }
  const statistics = times.statistics();
  out.write(json ? `${jsonOf({ event: "ping-statistics", hub, ...statistics })}\n` : describeTimes(name, statistics));
  return statistics.answered > 0 ? 0 : UNREACHED;
}

export function describeEcho(name: string, seq: number, echo: Echo | undefined, isSelf = false): string {
  if (echo === undefined) return `no answer from ${name}: seq=${seq}`;
  const way = isSelf ? "this hub itself" : echo.hops === 0 ? "direct link" : `over ${counted(echo.hops, "other hub")}`;
  return `answer from ${name}: seq=${seq} time=${formatMs(echo.rttMs)} ms, ${way}`;
}

export interface PingStatistics {
  readonly asked: number;
  readonly answered: number;
  /** Absent without an answer. Unit: ms. */
  readonly minMs?: number;
  readonly avgMs?: number;
  readonly maxMs?: number;
  /** Standard deviation, as ping(8) calls it mdev. */
  readonly mdevMs?: number;
}

/** Sums, so that a ping of days takes no memory. */
export class PingTimes {
  #asked = 0;
  #answered = 0;
  #sum = 0;
  #squares = 0;
  #min = Number.POSITIVE_INFINITY;
  #max = 0;

  add(echo: Echo | undefined): void {
    this.#asked += 1;
    if (echo === undefined) return;
    const { rttMs } = echo;
    this.#answered += 1;
    this.#sum += rttMs;
    this.#squares += rttMs * rttMs;
    this.#min = Math.min(this.#min, rttMs);
    this.#max = Math.max(this.#max, rttMs);
  }

  statistics(): PingStatistics {
    const [asked, answered] = [this.#asked, this.#answered];
    if (answered === 0) return { asked, answered };
    const avgMs = this.#sum / answered;
    const mdevMs = Math.sqrt(Math.max(0, this.#squares / answered - avgMs * avgMs));
    return { asked, answered, minMs: this.#min, avgMs, maxMs: this.#max, mdevMs };
  }
}

export function describeTimes(name: string, statistics: PingStatistics): string {
  const { asked, answered, minMs, avgMs, maxMs, mdevMs } = statistics;
  const lost = asked === 0 ? 0 : Math.round(((asked - answered) / asked) * 100);
  const lines = ["", `--- ${name} ping statistics ---`, `${asked} asked, ${answered} answered, ${lost} % lost`];
  if (minMs !== undefined)
    lines.push(`rtt min/avg/max/mdev = ${[minMs, avgMs ?? 0, maxMs ?? 0, mdevMs ?? 0].map(formatMs).join("/")} ms`);
  return `${lines.join("\n")}\n`;
}

/** Microseconds are as fine as a clock that is asked over HTTP. */
function jsonOf(value: object): string {
  return JSON.stringify(value, (_, item) => (typeof item === "number" ? Math.round(item * 1000) / 1000 : item));
}

function formatMs(ms: number): string {
  return ms.toFixed(ms < 100 ? 3 : 1);
}
