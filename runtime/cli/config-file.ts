/** Reads the file of settings and puts the command line's words over it. */
import { open, stat } from "node:fs/promises";
import { CONFIG_BYTES_MAX, type Config, type ConfigInput, holdsSecret, parseConfigBytes } from "../config/config.js";
import { MindosError, messageOf } from "../core/errors.js";
import { dataDirOf } from "./places.js";

interface Loaded {
  readonly config: Config;
  /** What a person should know although the hub runs. */
  readonly warnings: readonly string[];
}

/** @throws MindosError CONFIG_UNREADABLE | CONFIG_INVALID | OWNER_NEEDED | BAD_USAGE */
export async function loadConfig(
  path: string | undefined,
  overrides: ConfigInput,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Loaded> {
  const file = path === undefined ? { bytes: new Uint8Array(), mode: 0o600 } : await readConfig(path);
  const written = parseConfigBytes(file.bytes, path ?? "the defaults", overrides);
  const config: Config = Object.freeze({ ...written, dataDir: dataDirOf(written.dataDir, env) });
  const exposed = holdsSecret(config) && (file.mode & 0o077) !== 0 && process.platform !== "win32";
  const warning = `${path} holds a sensor's key, and other users may read it: run chmod 600 ${path}`;
  return { config, warnings: exposed ? [warning] : [] };
}

async function readConfig(path: string): Promise<{ bytes: Uint8Array; mode: number }> {
  try {
    // A named pipe would be waited for without end.
    const about = await stat(path);
    if (!about.isFile()) throw new MindosError("CONFIG_UNREADABLE", `${path} is not a file`);
    const file = await open(path, "r");
    try {
      const { mode } = await file.stat();
      // One byte more than is allowed is enough to see that there is too much, whatever the path leads to.
      const buffer = new Uint8Array(CONFIG_BYTES_MAX + 1);
      let length = 0;
      for (;;) {
        const { bytesRead } = await file.read(buffer, length, buffer.length - length);
        length += bytesRead;
        if (bytesRead === 0 || length === buffer.length) break;
      }
      return { bytes: buffer.subarray(0, length), mode };
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw new MindosError("CONFIG_UNREADABLE", `${path} cannot be read: ${messageOf(cause)}`, { cause });
  }
}
