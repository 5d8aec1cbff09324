/** The sources of adverts that a configuration asks for. Each is loaded only when it is wanted. */
import type { ConfiguredSensor } from "../../firmware-bridge/sensor-table.js";
import type { Config } from "../config/config.js";
import type { AdvertSource } from "../core/advert.js";
import type { Counters } from "../core/ports.js";
import type { Clock } from "../core/time.js";

export interface SourcesOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly onEnd: (source: AdvertSource, note: string) => void;
  readonly onState: (source: AdvertSource, listening: boolean, note: string) => void;
}

export async function createSources(options: SourcesOptions): Promise<AdvertSource[]> {
  const { config } = options;
  const sources: AdvertSource[] = [];
  if (config.replay.source !== "off") sources.push(await createReplay(options));
  if (config.bluetooth.enabled) sources.push(await createBluetooth(options));
  return sources;
}

async function createReplay({ config, clock, counters, onEnd, onState }: SourcesOptions): Promise<AdvertSource> {
  const { createReplaySource } = await import("../../firmware-bridge/ble/replay-source.js");
  const { source: from, motes, speed, from: fromReading, loop } = config.replay;
  const ofMotes = from === "motes";
  let cutLine: number | undefined;
  const adverts = ofMotes
    ? (await import("../../firmware-bridge/ble/mote-adverts.js")).moteAdverts({
        motes: motes as readonly (1 | 2 | 3 | 4)[],
        fromReading: Math.max(1, fromReading),
      })
    : (await import("../../firmware-bridge/ble/recording.js")).readRecording(from, (line) => {
        counters.count("replay.cutLine");
        if (cutLine === undefined) onState(source, true, cutWords(line)); // in a loop there is no end to say it at
        cutLine = line;
      });
  const source: AdvertSource = createReplaySource({
    name: ofMotes ? `replay of motes ${motes.join(", ")}` : `replay of ${from}`,
    adverts,
    speed,
    loop,
    clock,
    onEnd: (end) => onEnd(source, end.reason === "finished" ? playedWords(end.delivered, cutLine) : String(end.error)),
  });
  return source;
}

function playedWords(adverts: number, cutLine: number | undefined): string {
  return cutLine === undefined ? `all ${adverts} adverts played` : `${adverts} adverts played; ${cutWords(cutLine)}`;
}

function cutWords(line: number): string {
  return `the file is cut off in line ${line}`;
}

async function createBluetooth({ config, clock, counters, onState }: SourcesOptions): Promise<AdvertSource> {
  const { createBluezSource } = await import("../../firmware-bridge/ble/bluez-source.js");
  const { adapter } = config.bluetooth;
  const source: AdvertSource = createBluezSource({
    clock,
    counters,
    ...(adapter === "" ? {} : { adapter }),
    waitForRadio: true,
    onState: (listening, note) => onState(source, listening, note),
  });
  return source;
}

/** The sensors of the settings, and the motes where they are replayed: their data set says where they stood. */
export async function configuredSensors(config: Config): Promise<ConfiguredSensor[]> {
  const named = config.sensors.map(({ address, name, place, key }) => ({
    address,
    ...(name === undefined ? {} : { name }),
    ...(place === undefined ? {} : { place }),
    ...(key === undefined ? {} : { key: key.reveal() }),
  }));
  if (config.replay.source !== "motes") return named;
  const { addressOfMote } = await import("../../firmware-bridge/ble/mote-adverts.js");
  const known = new Set(named.map(({ address }) => address));
  const motes = config.replay.motes
    .map((mote) => ({
      address: addressOfMote(mote as 1 | 2 | 3 | 4),
      name: `mote ${mote}`,
      place: mote <= 2 ? "indoor" : "outdoor",
    }))
    .filter(({ address }) => !known.has(address));
  return [...named, ...motes];
}
