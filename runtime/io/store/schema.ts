/** The version of the store's layout, and the way from older ones. */
import { MindosError } from "../../core/errors.js";
import { type Engine, type EngineOperation, META_PREFIX } from "./engine.js";

const SCHEMA_KEY = `${META_PREFIX}schema`;

/** Reads the old layout and names what must change; the changes and the new version are written as one. Keys here are
 *  the engine's: "/" and the store's key. */
export type StoreMigration = (engine: Engine) => Promise<readonly EngineOperation[]>;

/** Append, never edit: step n lifts version n + 1 to n + 2. Version 1 is the first layout. */
export const SCHEMA_MIGRATIONS: readonly StoreMigration[] = [];

/** @throws MindosError STORE_CORRUPT | DATA_DIR_UNUSABLE, the latter for a store that a newer program made. */
export async function migrate(engine: Engine, migrations: readonly StoreMigration[], where: string): Promise<void> {
  const newest = migrations.length + 1;
  const stored = await engine.get(SCHEMA_KEY);
  if (stored === undefined) return await begin(engine, newest, where);
  let version = parseVersion(stored, where);
  if (version > newest) {
    throw new MindosError(
      "DATA_DIR_UNUSABLE",
      `${where} was written by a newer MindOS (layout ${version}; this one knows up to ${newest})`,
    );
  }
  for (const step of migrations.slice(version - 1)) {
    const operations = await step(engine);
    version++;
    await engine.batch([...operations, schemaPut(version)], true);
  }
}

/** Every store names its version before it holds anything else. */
async function begin(engine: Engine, version: number, where: string): Promise<void> {
  for await (const [key] of engine.range("", "\u{10ffff}", { limit: 1, reverse: false })) {
    throw new MindosError("STORE_CORRUPT", `${where} holds "${key}" but no layout version`);
  }
  await engine.batch([schemaPut(version)], true);
}

function schemaPut(version: number): EngineOperation {
  return { type: "put", key: SCHEMA_KEY, value: new TextEncoder().encode(String(version)) };
}

function parseVersion(bytes: Uint8Array, where: string): number {
  const text = new TextDecoder().decode(bytes.subarray(0, 16));
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new MindosError("STORE_CORRUPT", `${where} has a damaged layout version`);
  return Number(text);
}
