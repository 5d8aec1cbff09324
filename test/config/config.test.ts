import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  CONFIG_BYTES_MAX,
  defaultConfig,
  holdsSecret,
  parseConfig,
  parseConfigBytes,
} from "../../runtime/config/config.js";
import { exampleToml, settingsReference } from "../../runtime/config/reference.js";
import { MindosError } from "../../runtime/core/errors.js";

const KEY = "00112233445566778899aabbccddeeff";

function errorOf(run: () => unknown): MindosError {
  try {
    run();
  } catch (error) {
    if (error instanceof MindosError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}
const refusal = (text: string): MindosError => errorOf(() => parseConfig(text, "mindos.toml"));

describe("a file of settings", () => {
  test("that is empty gives the defaults", () => {
    const config = parseConfig("", "mindos.toml");
    expect(config).toEqual(defaultConfig());
    expect(config).toMatchObject({ host: "127.0.0.1", mqttPort: 1883, discovery: true, peers: [], sensors: [] });
    expect(config.replay.source).toBe("off");
  });

  test("is read into typed values", () => {
    const config = parseConfig(
      `name = "cellar"\npeers = ["127.0.0.1:1884", "[::1]:1885"]\n[replay]\nsource = "motes"\nmotes = [1, 4]\nspeed = 2.5
      [[sensors]]\naddress = "a4-c1-38-0b-5e-ed"\nplace = "cellar"\nkey = "${KEY}"\n[[sensors]]\naddress = "A4:C1:38:0B:5E:EE"`,
      "mindos.toml",
    );
    expect(config.peers).toEqual([
      { host: "127.0.0.1", port: 1884 },
      { host: "::1", port: 1885 },
    ]);
    expect(config.replay).toEqual({ source: "motes", motes: [1, 4], speed: 2.5, from: 1, loop: false });
    expect(config.sensors[0]).toMatchObject({ address: "A4:C1:38:0B:5E:ED", place: "cellar" });
    expect(config.sensors[0]?.key?.reveal()).toEqual(Uint8Array.from(Buffer.from(KEY, "hex")));
    expect(config.sensors[1]?.key).toBeUndefined();
  });

  test("is frozen to its leaves", () => {
    const config = parseConfig(`[[sensors]]\naddress = "a4c1380b5eed"`, "mindos.toml");
    for (const part of [config, config.peers, config.replay, config.replay.motes, config.sensors, config.sensors[0]])
      expect(Object.isFrozen(part)).toBe(true);
  });

  test("gives way to the command line, and leaves the rest of a section alone", () => {
    const config = parseConfig(`name = "a"\n[replay]\nspeed = 5\nfrom = 9`, "mindos.toml", {
      name: "b",
      mqttPort: undefined,
      replay: { speed: 7 },
    });
    expect(config.name).toBe("b");
    expect(config.mqttPort).toBe(1883);
    expect(config.replay).toMatchObject({ speed: 7, from: 9 });
  });

  test("takes the defaults of its profile, where it does not say otherwise", () => {
    const small = parseConfig(`profile = "small"\n[store]\nsensorsMax = 99`, "mindos.toml");
    expect(small.inference.rssMaxMiB).toBeLessThan(defaultConfig().inference.rssMaxMiB);
    expect(small.store.sensorsMax).toBe(99);
    expect(small.store.readingsMax).toBeLessThan(defaultConfig().store.readingsMax);
  });
});

describe("an error of a file", () => {
  test("of syntax names line and column, and never quotes the file", () => {
    const error = refusal(`name = "a"\nkey = "${KEY}" nonsense\n`);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toMatch(/^mindos\.toml:2:\d+: /);
    expect(error.message).not.toContain(KEY);
  });

  test("lists every problem with its line, in the order of the file", () => {
    const error = refusal(`# settings
mqttPort = "18a"
peers = ["127.0.0.1:1884",
  "foo"]
mqtPort = 3
[bluetooth]
enabeld = true
[[sensors]]
address = "A4:C1:38:0B:5E:ED"
key = "not a key, yet secret"
[[sensors]]
addres = "x"
[log]
level = "inf"
`);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message.split("\n")).toEqual([
      'mindos.toml:2: mqttPort must be a whole number from 0 to 65535, not "18a"',
      'mindos.toml:3: peers.1 must be a host and port such as "127.0.0.1:1883", not "foo"',
      'mindos.toml:5: mqtPort is not a setting; did you mean "mqttPort"?',
      'mindos.toml:7: bluetooth.enabeld is not a setting; did you mean "enabled"?',
      "mindos.toml:10: sensors.0.key must be a key of 32 hexadecimal digits",
      'mindos.toml:11: sensors.1.address is missing: it must be a Bluetooth address such as "A4:C1:38:0B:5E:ED"',
      'mindos.toml:12: sensors.1.addres is not a setting; did you mean "address"?',
      'mindos.toml:14: log.level must be one of "error", "warn", "info", "debug", not "inf"',
    ]);
  });

  test("shows a bounded number of problems", () => {
    const error = refusal(Array.from({ length: 500 }, (_, i) => `zz${i} = 1`).join("\n"));
    expect(error.message.split("\n")).toHaveLength(21);
    expect(error.message).toMatch(/and 480 more$/);
  });

  test("names the dotted setting when its section was left out", () => {
    expect(refusal("rssMaxMiB = 100").message).toContain('did you mean "inference.rssMaxMiB"?');
  });

  test("carries no control character into the terminal", () => {
    const error = refusal(`"\\u001b[2Jx" = 1\nname = "a\\u202eb"`);
    expect(error.message.replaceAll("\n", "")).not.toMatch(/[\p{C}]/u);
  });

  test.each([
    ["bluetooth = 2020-01-01", "bluetooth must be a section, [bluetooth]"],
    ["bluetooth = 3", "bluetooth must be a section, [bluetooth]"],
    ["sensors = 3", "sensors must be entries, [[sensors]], at most 256"],
    ["sensors = [3]", "sensors.0"],
    ["mqttPort = 1.5", "not 1.5"],
    ["mqttPort = 1979-05-27", "not a date"],
    ["mqttPort = nan", "mqttPort must be"],
    ["[replay]\nspeed = inf", "replay.speed must be"],
    ["[replay]\nmotes = [1, 5]", "replay.motes.1 must be a whole number from 1 to 4, not 5"],
    ['[replay]\nsource = ""', "replay.source must be"],
    ['name = " a"', "name must be"],
    ['host = "no such host"', "host must be"],
    ["mqttPort = 9\nhttpPort = 9", "the same as mqttPort"],
    ['[[sensors]]\naddress = "a4c1380b5eed"\n[[sensors]]\naddress = "A4:C1:38:0B:5E:ED"', "named twice"],
  ])("%j is refused", (text, says) => {
    const error = refusal(text);
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(says);
  });

  test("of size or encoding is found before parsing", () => {
    expect(refusal("#".repeat(CONFIG_BYTES_MAX + 1)).message).toContain("larger than 256 KiB");
    const big = errorOf(() => parseConfigBytes(new Uint8Array(CONFIG_BYTES_MAX + 1), "mindos.toml"));
    expect(big.message).toContain("larger than 256 KiB");
    expect(errorOf(() => parseConfigBytes(Uint8Array.of(0xff, 0xfe), "mindos.toml")).message).toContain("UTF-8");
    expect(parseConfigBytes(new TextEncoder().encode('\ufeffname = "a"'), "mindos.toml").name).toBe("a");
  });

  test("of the command line is a usage error without a file name", () => {
    const error = errorOf(() => parseConfig('name = "a"', "mindos.toml", { mqttPort: -1 }));
    expect(error.code).toBe("BAD_USAGE");
    expect(error.message).toBe("mqttPort must be a whole number from 0 to 65535, not -1");
  });
});

describe("a hub without an owner", () => {
  test.each(["0.0.0.0", "::", "192.168.1.4", "example.org", "127.0.0.1.example.org"])(
    "does not listen on %s",
    (host) => {
      expect(refusal(`host = "${host}"`).code).toBe("OWNER_NEEDED");
      expect(errorOf(() => defaultConfig({ host })).code).toBe("OWNER_NEEDED");
    },
  );

  test("may dial another machine: only hubs of one home link, and nobody else gets a frame through", () => {
    expect(parseConfig('peers = ["192.168.1.4:7411"]', "mindos.toml").peers).toEqual([
      { host: "192.168.1.4", port: 7411 },
    ]);
  });

  test.each(["127.0.0.1", "127.8.9.10", "localhost", "::1"])("listens on %s", (host) => {
    expect(parseConfig(`host = "${host}"`, "mindos.toml").host).toBe(host);
  });
});

describe("a sensor's key", () => {
  const config = parseConfig(`[[sensors]]\naddress = "a4c1380b5eed"\nkey = "${KEY}"`, "mindos.toml");

  test("is not printed by any ordinary means", () => {
    const bytes = Buffer.from(KEY, "hex");
    const printed = [
      JSON.stringify(config),
      inspect(config, { depth: 9, showHidden: true }),
      `${config.sensors[0]?.key}`,
    ];
    for (const text of printed) {
      expect(text).toContain("[secret]");
      expect(text).not.toContain(KEY.slice(0, 8));
      expect(text).not.toContain([...bytes.subarray(0, 4)].join(", "));
    }
  });

  test("cannot be changed through what reveal gives", () => {
    config.sensors[0]?.key?.reveal().fill(0);
    expect(config.sensors[0]?.key?.reveal()).toEqual(Uint8Array.from(Buffer.from(KEY, "hex")));
  });

  test("makes the file one to protect", () => {
    expect(holdsSecret(config)).toBe(true);
    expect(holdsSecret(defaultConfig())).toBe(false);
  });
});

describe("the settings' documentation", () => {
  test("says for each setting what it takes, its default and its effect", () => {
    const reference = settingsReference();
    expect(reference.length).toBeGreaterThan(20);
    for (const { name, takes, help } of reference) {
      expect(name).toMatch(/^[a-zA-Z]+(\[\])?(\.[a-zA-Z]+)?$/);
      expect(takes.length).toBeGreaterThan(5);
      expect(help).toMatch(/[.”]$/);
    }
  });

  test.each(["standard", "small"] as const)("has an example file for %s that says what the defaults say", (profile) => {
    expect(parseConfig(exampleToml(profile), "example.toml")).toEqual(defaultConfig({ profile }));
  });
});

test("any text gives a config or a typed error", () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom("[replay]", "[[sensors]]", "speed = 3", 'name = "x"', "peers = ["),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (parts) => {
      try {
        return Object.isFrozen(parseConfig(parts.join("\n"), "f"));
      } catch (error) {
        return error instanceof MindosError;
      }
    }),
  );
});
