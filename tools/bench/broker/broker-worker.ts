/** A process of `broker.ts`'s bench: `broker`, `echo` (returns each frame), or `ask HUB PORT SECONDS` (measures the link). */
import { randomBytes } from "node:crypto";
import { createCounters } from "../../../runtime/core/counters.js";
import type { HubId } from "../../../runtime/core/ids.js";
import type { Link } from "../../../runtime/core/ports.js";
import { startBroker } from "../../../runtime/io/broker/broker.js";
import { systemClock } from "../../../runtime/io/clock.js";
import { createDialler } from "../../../runtime/io/link/dialler.js";
import { openLinkDoor } from "../../../runtime/io/link/door.js";
import { createLinks } from "../../../runtime/io/link/link.js";
import { makeBenchHub } from "../links/bench-hub.js";

const FRAME_BYTES = 64;
const PER_SECOND = 100;
const IN_FLIGHT = 200;

const [role, peer, port, seconds] = process.argv.slice(2);
const counters = createCounters();

if (role === "broker") {
  const everything = { connect: () => true, publish: () => true, subscribe: () => true };
  const broker = await startBroker({ port: 0, counters, authorise: everything });
  process.send?.(broker.port);
} else {
  const { id: selfId, tls } = makeBenchHub();
  const door = await openLinkDoor({ selfId, host: "127.0.0.1", port: 0, tls, counters, clock: systemClock });
  const waiting: ((link: Link) => void)[] = [];
  let answered: () => void = () => undefined;
  const links = createLinks({
    ...{ selfId, door, dialWith: createDialler(tls), counters, clock: systemClock, rng: randomBytes },
    events: {
      opened: (link) => waiting.shift()?.(link),
      received: (link, frame) => (role === "echo" ? link.send(frame) : answered()),
      closed: () => undefined,
    },
  });
  if (role === "echo") process.send?.({ hub: selfId, port: door.port });
  else {
    const link = await new Promise<Link>((resolve) => {
      waiting.push(resolve);
      links.dial({ hub: peer as HubId, addresses: [{ host: "127.0.0.1", port: Number(port) }] });
    });
    const roundTrip = (): Promise<number> =>
      new Promise((resolve) => {
        const sentMs = performance.now();
        answered = () => resolve(performance.now() - sentMs);
        link.send(new Uint8Array(FRAME_BYTES));
      });
    const idleRssMiB = rssMiB();
    const figures = await measure(roundTrip, link, Number(seconds), (on) => {
      answered = on;
    });
    process.send?.({ "link.idleRssMiB": idleRssMiB, ...figures, "link.busyRssMiB": rssMiB() });
  }
}

async function measure(
  roundTrip: () => Promise<number>,
  link: Link,
  secondsEach: number,
  onAnswer: (on: () => void) => void,
): Promise<Record<string, number>> {
  const times: number[] = [];
  for (let i = 0; i < PER_SECOND * Math.max(secondsEach, 5); i++) {
    times.push(await roundTrip());
    await new Promise((resolve) => setTimeout(resolve, 1_000 / PER_SECOND));
  }
  times.sort((a, b) => a - b);
  const oneWayMs = (share: number): number => Number(((times[Math.floor(times.length * share)] ?? 0) / 2).toFixed(3));
  return {
    "link.oneWayP50Ms": oneWayMs(0.5),
    "link.oneWayP99Ms": oneWayMs(0.99),
    "link.framesPerSecondEachWay": await echoes(link, secondsEach, onAnswer),
  };
}

function echoes(link: Link, secondsEach: number, onAnswer: (on: () => void) => void): Promise<number> {
  const frame = new Uint8Array(FRAME_BYTES);
  const startedMs = performance.now();
  let got = 0;
  return new Promise((resolve) => {
    onAnswer(() => {
      got++;
      if (performance.now() - startedMs < secondsEach * 1_000) link.send(frame);
      else resolve(Math.round((got / (performance.now() - startedMs)) * 1_000));
    });
    for (let i = 0; i < IN_FLIGHT; i++) link.send(frame);
  });
}

function rssMiB(): number {
  return Math.round(process.memoryUsage.rss() / 1024 / 1024);
}
