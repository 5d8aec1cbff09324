/** `mindos hub`: one hub, until it is told to stop. */
import type { ConfigInput } from "../../config/config.js";
import { ERRORS } from "../../core/errors.js";
import type { MindosEvent } from "../../core/status.js";
import { defineCommand, type OptionValues } from "../command.js";
import { aborted, createEventWriter, within } from "../event-writer.js";
import { noteRunning } from "../running-hubs.js";

/** Writing what is in memory to a slow card takes seconds, not more. */
const STOP_MS_MAX = 10_000;

const options = {
  config: {
    type: "text",
    value: "FILE",
    completes: "file",
    description: "A file of settings (TOML); the settings are listed below. The options here win over it.",
  },
  data: {
    type: "text",
    value: "DIR",
    completes: "folder",
    description:
      "Where identity and history are kept. Default: $MINDOS_DATA, else $XDG_STATE_HOME/mindos, else ~/.local/state/mindos.",
  },
  name: {
    type: "text",
    value: "NAME",
    description: "What to call this hub. Default: the name that it joined its home with, else the machine's.",
  },
  "link-host": {
    type: "text",
    value: "HOST",
    description: "Where other hubs may come in, once there is a home. Default: every address of this machine.",
  },
  "link-port": {
    type: "number",
    value: "N",
    min: 0,
    max: 65_535,
    whole: true,
    description: "For other hubs, over TLS; 0 takes any free one. Default: 0.",
  },
  profile: {
    type: "choice",
    value: "NAME",
    choices: ["standard", "small"],
    description: '"small" is for boards with 512 MB of memory.',
  },
  port: {
    type: "number",
    value: "N",
    min: 0,
    max: 65_535,
    whole: true,
    description: "For MQTT clients; 0 takes any free one. Default: 1883.",
  },
  "http-port": {
    type: "number",
    value: "N",
    min: 0,
    max: 65_535,
    whole: true,
    description: "For the page; 0 takes any free one. Default: 8480.",
  },
  discovery: {
    type: "choice",
    value: "on|off",
    choices: ["on", "off"],
    description: "Whether to find other hubs by multicast DNS. Default: on.",
  },
  peers: { type: "list", value: "HOST:PORT,…", description: "Hubs to link with where multicast does not reach." },
  "no-bluetooth": { type: "flag", description: "Do not listen to the radio." },
  adapter: { type: "text", value: "NAME", description: "Which Bluetooth adapter, as hci0. Default: the first." },
  replay: {
    type: "text",
    value: "SOURCE",
    completes: "file",
    description: 'Play recorded data: "motes" (four real sensors that ship), or the path of a recording.',
  },
  motes: {
    type: "list",
    value: "1,2,3,4",
    description: "Of the replay: which of the four motes this hub hears. Default: all.",
  },
  speed: {
    type: "number",
    value: "N",
    min: 0.01,
    max: 100_000,
    description: "Of the replay: how many times faster. Default: 1.",
  },
  from: {
    type: "number",
    value: "N",
    min: 1,
    max: 10_000_000,
    whole: true,
    description: "Of the replay: the reading to begin with. Default: 1.",
  },
  loop: { type: "flag", description: "Of the replay: begin again at its end." },
  inference: {
    type: "choice",
    value: "NAME",
    choices: ["auto", "native", "wasm", "off"],
    description: "What runs the models. Default: auto.",
  },
  "page-token": {
    type: "choice",
    value: "WHEN",
    choices: ["auto", "always", "never"],
    description:
      "Whether to print the page's address with the token that opens it. Default: auto, on a terminal only, so that no log keeps it.",
  },
  "log-level": {
    type: "choice",
    value: "LEVEL",
    choices: ["error", "warn", "info", "debug"],
    description: "The least important line to print. Default: info.",
  },
} as const;

export const command = defineCommand({
  name: "hub",
  summary: "Run one hub on this machine.",
  options,
  positionals: [],
  examples: [
    { line: "mindos hub", does: "With the radio, on the usual ports." },
    {
      line: "mindos hub --replay motes --speed 100 --no-bluetooth",
      does: "With recorded data, a hundred times faster.",
    },
    { line: "mindos hub --config /etc/mindos.toml --json", does: "As a service; every event is one line of JSON." },
  ],
  notes: settingsNotes,
  async run({ options, json, out, err, env, stopping, startHub }) {
    const stop = stopping();
    const [{ loadConfig }, start] = await Promise.all([import("../config-file.js"), startHub()]);
    const { config, warnings } = await loadConfig(options.config, overridesOf(options), env);
    for (const warning of warnings) err.write(`warning: ${warning}\n`);
    const writer = createEventWriter(out, { json, level: config.log.level, wallMs: Date.now });
    const when = options["page-token"] ?? "auto";
    const tells = when === "always" || (when === "auto" && out.isTerminal);
    let exitCode = 0;
    const emit = (event: MindosEvent): void => {
      // Whoever looks at how the service ended must see that a person is needed.
      if (event.event === "problem" && event.code === "CLONED") exitCode = ERRORS.CLONED.exitCode;
      writer.write(tells ? event : withoutToken(event));
    };
    const hub = await start(config, { emit });
    const forget = await noteRunning(env, config.dataDir, process.pid);
    try {
      await aborted(stop);
    } finally {
      await within(hub.stop(), STOP_MS_MAX, "stopping");
      await forget();
    }
    return exitCode;
  },
});

function withoutToken(event: MindosEvent): MindosEvent {
  return event.event === "hub-started" ? { ...event, url: event.url.replace(/\?.*$/, "") } : event;
}

export function overridesOf(given: OptionValues<typeof options>): ConfigInput {
  return {
    profile: given.profile,
    name: given.name,
    linkHost: given["link-host"],
    linkPort: given["link-port"],
    dataDir: given.data,
    mqttPort: given.port,
    httpPort: given["http-port"],
    discovery: given.discovery === undefined ? undefined : given.discovery === "on",
    peers: given.peers,
    bluetooth: { enabled: given["no-bluetooth"] ? false : undefined, adapter: given.adapter },
    replay: {
      source: given.replay,
      motes: given.motes?.map((mote) => (/^\d+$/.test(mote) ? Number(mote) : mote)),
      speed: given.speed,
      from: given.from,
      loop: given.loop ? true : undefined,
    },
    inference: { backend: given.inference },
    log: { level: given["log-level"] },
  };
}

async function settingsNotes(): Promise<string> {
  const [{ settingsReference }, { pairs }] = await Promise.all([
    import("../../config/reference.js"),
    import("../help.js"),
  ]);
  const rows = settingsReference().map(({ name, takes, default: standard, small, help }): [string, string] => [
    name,
    `${help} Takes: ${takes}. ${standard === '""' ? "" : `Default: ${standard}${small === undefined ? "" : ` (small: ${small})`}.`}`,
  ]);
  return ["Settings of the file (sections in front of the dot):", ...pairs(rows, 100)].join("\n");
}
