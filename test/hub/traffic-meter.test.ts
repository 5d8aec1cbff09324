import { expect, test } from "vitest";
import { TrafficMeter } from "../../runtime/hub/traffic-meter.js";

test("the rate is that of the last ten whole seconds, the total that of all", () => {
  const meter = new TrafficMeter(0);
  for (let nowMs = 0; nowMs < 60_000; nowMs += 100) meter.sent(50, nowMs);
  meter.received(7, 59_950);
  expect(meter.view(60_000)).toEqual({
    total: { framesSent: 600, bytesSent: 30_000, framesReceived: 1, bytesReceived: 7 },
    perSecond: { framesSent: 10, bytesSent: 500, framesReceived: 0.1, bytesReceived: 0.7 },
  });
});

test("what happened longer ago than that counts no more, however long nothing is asked", () => {
  const meter = new TrafficMeter(500);
  meter.sent(1_000, 500);
  expect(meter.view(2_500).perSecond.bytesSent).toBe(500);
  for (const nowMs of [12_000, 13_000, 3_600_000]) {
    expect(meter.view(nowMs).perSecond.bytesSent).toBe(0);
    expect(meter.view(nowMs).total.bytesSent).toBe(1_000);
  }
});
