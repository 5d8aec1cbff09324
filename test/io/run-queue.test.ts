import { describe, expect, it } from "vitest";
import { RunQueue } from "../../runtime/io/run-queue.js";

/** Time on a processor, time on a run queue (ns), slices. */
const stat = (waitedMs: number): string => `123456789 ${waitedMs * 1e6} 42\n`;

describe("the time that a process waits for the processor", () => {
  it("is what the kernel counted since it was asked last", () => {
    let waitedMs = 1000;
    const queue = new RunQueue({ read: () => stat(waitedMs) });
    waitedMs += 60;
    expect(queue.waitedMs(100)).toBe(60);
    expect(queue.waitedMs(200)).toBe(0);
    waitedMs += 7;
    expect(queue.waitedMs(300)).toBe(7);
  });

  it("is not read before every frame of a flood, and none of it is lost", () => {
    let waitedMs = 0;
    let readings = 0;
    const queue = new RunQueue({
      read: () => {
        readings += 1;
        return stat(waitedMs);
      },
    });
    for (let nowMs = 0; nowMs < 100; nowMs += 0.1) queue.waitedMs(nowMs);
    expect(readings).toBeLessThan(25);
    waitedMs = 30;
    expect(queue.waitedMs(99.95)).toBe(0);
    expect(queue.waitedMs(106)).toBe(30);
  });

  it.each([
    ["no such file", () => undefined],
    ["another format", () => "none"],
    ["an empty file", () => ""],
  ])("is none where the system does not tell it: %s", (_, read) => {
    const queue = new RunQueue({ read });
    expect(queue.waitedMs(10)).toBe(0);
    expect(queue.waitedMs(20)).toBe(0);
  });

  it("is none for good once it cannot be read any more", () => {
    let text: string | undefined = stat(5);
    const queue = new RunQueue({ read: () => text });
    text = undefined;
    expect(queue.waitedMs(10)).toBe(0);
    text = stat(500);
    expect(queue.waitedMs(20)).toBe(0);
  });

  it("is read of this process where there is Linux, and of no process elsewhere", () => {
    const queue = new RunQueue();
    expect(queue.waitedMs(performance.now())).toBeGreaterThanOrEqual(0);
  });
});
