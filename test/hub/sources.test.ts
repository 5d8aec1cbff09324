import { join } from "node:path";
import { expect, test } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import { createCounters } from "../../runtime/core/counters.js";
import { createSources } from "../../runtime/hub/sources.js";
import { systemClock } from "../../runtime/io/clock.js";

const CUT = join(import.meta.dirname, "../vectors/recordings/kitchen-cut.ndjson");

test("a recording that is cut off says so when it comes there, and at its end", async () => {
  const counters = createCounters();
  const said: string[] = [];
  const ended = await new Promise<string>((resolve, reject) => {
    createSources({
      config: defaultConfig({ bluetooth: { enabled: false }, replay: { source: CUT, speed: 100_000 } }),
      ...{ clock: systemClock, counters },
      onState: (_source, _listening, note) => said.push(note),
      onEnd: (_source, note) => resolve(note),
    })
      .then(([source]) => source?.start(() => undefined))
      .catch(reject);
  });
  expect(said).toEqual(["the file is cut off in line 6"]);
  expect(ended).toBe("4 adverts played; the file is cut off in line 6");
});
