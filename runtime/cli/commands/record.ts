/** `mindos record`: writes what the radio hears (or a replay plays) to a file, to be replayed later. */
import { MindosError } from "../../core/errors.js";
import type { RecordProgress } from "../../core/tools.js";
import { defineCommand } from "../command.js";
import { formatCount } from "../format.js";

export const command = defineCommand({
  name: "record",
  summary: "Record what the radio hears to a file that a hub can replay.",
  options: {
    seconds: {
      type: "number",
      value: "N",
      min: 0.1,
      max: 31_536_000,
      description: "End after this time. Default: at Ctrl-C.",
    },
    count: {
      type: "number",
      value: "N",
      min: 1,
      max: 100_000_000,
      whole: true,
      description: "End after this many adverts.",
    },
    replay: {
      type: "text",
      value: "SOURCE",
      completes: "file",
      description: 'Without Bluetooth: record from a replay instead of the radio: "motes", or the path of a recording.',
    },
    speed: {
      type: "number",
      value: "N",
      min: 0.01,
      max: 100_000,
      default: 1,
      description: "Of the replay: how many times faster.",
    },
    from: {
      type: "number",
      value: "N",
      min: 1,
      max: 10_000_000,
      whole: true,
      default: 1,
      description: "Of the replay: the reading to begin with.",
    },
    adapter: {
      type: "text",
      value: "NAME",
      default: "",
      description: "Which Bluetooth adapter, as hci0; the first unless told.",
    },
  },
  positionals: [
    { name: "FILE", description: "The file to write; it must not exist.", required: true, completes: "file" },
  ],
  examples: [
    { line: "mindos record evening.jsonl --seconds 600", does: "Ten minutes of what the radio hears." },
    {
      line: "mindos record motes.jsonl --replay motes --speed 100 --count 1000",
      does: "A thousand adverts of the recorded motes.",
    },
    { line: "mindos hub --replay evening.jsonl", does: "Plays a recording to a hub." },
  ],
  async run({ options, positionals, json, out, err, stopping, tools }) {
    const path = positionals[0];
    if (path === undefined) throw new MindosError("BAD_USAGE", "mindos record needs FILE");
    const { record } = await tools();
    const show = (progress: RecordProgress): string =>
      `${formatCount(progress.adverts)} adverts of ${formatCount(progress.sensors)} sensors, ${formatCount(progress.bytes / 1024)} KiB${
        progress.dropped === undefined ? "" : `, ${formatCount(progress.dropped)} not written`
      }`;
    const live = err.isTerminal && !json;
    const done = await record({
      path,
      source: options.replay ?? "live",
      adapter: options.adapter,
      speed: options.speed,
      from: options.from,
      ...(options.seconds !== undefined && { secondsMax: options.seconds }),
      ...(options.count !== undefined && { advertsMax: options.count }),
      signal: stopping(),
      onProgress: (progress) => {
        if (live) err.write(`\r\x1b[K${show(progress)}`);
      },
    });
    if (live) err.write("\r\x1b[K");
    out.write(json ? `${JSON.stringify({ path, ...done })}\n` : `${path}: ${show(done)}\n`);
    return 0;
  },
});
