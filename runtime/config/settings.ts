/** Every setting there is, in the order of the help text. Pure; `config.ts` makes the schema from it. */
import { hexToBytes } from "../core/bytes.js";
import { addressOfSensor, sensorIdFromAddress } from "../core/ids.js";
import { isHost, parseHostPort } from "./address.js";
import { Secret } from "./secret.js";
import {
  choice,
  decimal,
  entries,
  flag,
  formed,
  int,
  list,
  optional,
  PROFILES,
  type SettingsTable,
  secret,
  section,
  text,
} from "./setting.js";

const host = (written: string): string | undefined => (isHost(written) ? written : undefined);
const bluetoothAddress = (written: string): string | undefined => {
  const sensor = sensorIdFromAddress(written);
  return sensor === undefined ? undefined : addressOfSensor(sensor);
};
const aesKey = (written: string): Secret | undefined =>
  /^[0-9a-fA-F]{32}$/.test(written) ? new Secret(hexToBytes(written)) : undefined;

const sensors = entries(
  "A sensor that belongs to this home: what to call it, and the key that opens its adverts.",
  256,
  {
    address: formed('Bluetooth address such as "A4:C1:38:0B:5E:ED"', bluetoothAddress, {
      help: "Its Bluetooth address, as printed on it or as `mindos sensors` shows it.",
      default: "",
    }),
    name: optional(text({ help: "What to call it. Default: what its advert says.", default: "", lengthMax: 40 })),
    place: optional(text({ help: 'Where it is: "cellar". Questions name it so.', default: "", lengthMax: 40 })),
    key: optional(
      secret(
        formed("key of 32 hexadecimal digits", aesKey, {
          help: "Its encryption key. Once set, plain adverts from this address are refused. Keep the file at mode 0600.",
          default: "",
        }),
      ),
    ),
  },
);

const replay = section("Recorded data in place of, or beside, a radio. Everything from it is marked “replay”.", {
  source: text({
    help: '"off", "motes" (the four labelled motes that ship), or the path of a recording.',
    default: "off",
    lengthMax: 4096,
  }),
  motes: list(int({ min: 1, max: 4, help: "A mote.", default: 1 }), {
    help: "Which of the four motes this hub hears.",
    default: [1, 2, 3, 4],
    itemsMax: 4,
  }),
  speed: decimal({ min: 0.01, max: 100_000, help: "How many times faster than it was recorded.", default: 1 }),
  from: int({ min: 1, max: 10_000_000, help: "The reading to begin with; the first is 1.", default: 1 }),
  loop: flag({ help: "Whether it begins again at its end.", default: false }),
});

const inference = section("The models, which run in a process of their own.", {
  backend: choice(["auto", "native", "wasm", "off"], {
    help: '"auto" takes the native runtime where it exists, else WebAssembly where memory allows, else none.',
    default: "auto",
  }),
  rssMaxMiB: int({
    min: 64,
    max: 16_384,
    help: "Raise: larger models fit; lower: the rest of the machine keeps more. Beyond it the process is restarted. Unit: MiB.",
    default: 400,
    small: 200,
  }),
  modelBytesMax: int({
    min: 1_024,
    max: 268_435_456,
    help: "Raise: larger models are loaded; lower: a wrong file is refused sooner. Unit: bytes.",
    default: 33_554_432,
    small: 8_388_608,
  }),
});

const store = section("What is kept on disk.", {
  readingsMax: int({
    min: 1_000,
    max: 10_000_000,
    help: "Readings kept for charts, of all sensors together. Raise: longer charts; lower: less disk. The oldest go first.",
    default: 200_000,
    small: 50_000,
  }),
  sensorsMax: int({
    min: 1,
    max: 4_096,
    help: "Raise: more sensors are followed; lower: less memory. Beyond it the one silent for longest goes.",
    default: 256,
    small: 64,
  }),
  flushIntervalMs: int({
    min: 100,
    max: 600_000,
    help: "Raise: the flash lasts longer; lower: a power cut costs fewer readings. Unit: ms.",
    default: 60_000,
    small: 120_000,
  }),
});

const log = section("What the hub says while it runs.", {
  level: choice(["error", "warn", "info", "debug"], {
    help: "The least important line that is printed.",
    default: "info",
  }),
  statsIntervalMs: int({
    min: 200,
    max: 600_000,
    help: "Raise: less work; lower: the page and `--json` are fresher. Unit: ms.",
    default: 1_000,
    small: 5_000,
  }),
});

export const SETTINGS = {
  profile: choice(PROFILES, {
    help: 'The defaults: "small" is for boards with 512 MB of memory.',
    default: "standard",
    small: "small",
  }),
  name: text({
    help: "What to call this hub. Default: the name that it joined its home with, else the machine's.",
    default: "",
    lengthMax: 40,
  }),
  host: formed("host name or address", host, {
    help: "The address to listen on. Without an owner it must be this machine's loopback.",
    default: "127.0.0.1",
  }),
  mqttPort: int({
    min: 0,
    max: 65_535,
    help: "Where MQTT clients connect. 0 takes any free port.",
    default: 1_883,
  }),
  linkHost: formed('host name, address or "auto"', host, {
    help: 'Where other hubs may come in, once this hub has a home. "auto" is every address of this machine; before, nothing listens.',
    default: "auto",
  }),
  linkPort: int({
    min: 0,
    max: 65_535,
    help: "Where other hubs connect, over TLS (TCP), and ping beside it (UDP). 0 takes any free port, which discovery tells the others; name one for hubs that name this one.",
    default: 0,
  }),
  httpPort: int({
    min: 0,
    max: 65_535,
    help: "Where the page and the local API are. 0 takes any free port.",
    default: 8_480,
  }),
  dataDir: text({
    help: "The folder for identity, history and the running hub's handle. Default: $MINDOS_DATA, else the user's state folder.",
    default: "",
    lengthMax: 4_096,
  }),
  discovery: flag({ help: "Whether hubs find each other by multicast DNS.", default: true }),
  peers: list(
    formed('host and port such as "127.0.0.1:1883"', parseHostPort, { help: "A hub to link with.", default: "" }),
    { help: "Hubs to link with where multicast does not reach.", default: [], itemsMax: 64 },
  ),
  askTimeoutMs: int({
    min: 100,
    max: 60_000,
    help: "Raise: slow hubs are waited for; lower: an answer comes sooner, perhaps without them. Unit: ms.",
    default: 3_000,
  }),
  bluetooth: section("The radio.", {
    enabled: flag({ help: "Whether to listen at all.", default: true }),
    adapter: text({ help: 'Which adapter: "hci0". Default: the first.', default: "", lengthMax: 16 }),
  }),
  replay,
  inference,
  store,
  log,
  sensors,
} as const satisfies SettingsTable;
