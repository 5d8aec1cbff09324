/** JSON files that hold private keys: read whole, and closed to other users before they are believed. */
import { chmod, stat } from "node:fs/promises";
import { type MindosError, messageOf } from "../../core/errors.js";
import { readSmallFile } from "../files/atomic-file.js";

export interface SecretFile {
  readonly path: string;
  /** What other users must not read, as a person is told. */
  readonly secret: string;
  /** The error that says what is wrong with this file. */
  readonly invalid: (why: string, cause?: unknown) => MindosError;
  /** Its permissions were too wide, and are mended. */
  readonly onRepair: (note: string) => void;
}

/** @returns undefined when there is no such file. @throws what `invalid` makes. */
export async function readSecretFile(file: SecretFile): Promise<unknown> {
  const { invalid, path } = file;
  let text: string | undefined;
  try {
    text = await readSmallFile(path);
  } catch (error) {
    throw invalid(messageOf(error), error);
  }
  if (text === undefined) return undefined;
  await closeToOthers(file);
  try {
    return JSON.parse(text);
  } catch {
    // Not the parser's message: it quotes the text, and with it the key.
    throw invalid("it is not JSON");
  }
}

/** The next atomic write makes a file of owner-only permissions; until then the old one is closed too. */
async function closeToOthers({ invalid, onRepair, path, secret }: SecretFile): Promise<void> {
  const { mode } = await stat(path);
  if ((mode & 0o077) === 0) return;
  try {
    await chmod(path, 0o600);
  } catch (error) {
    throw invalid("other users may read it, and its permissions cannot be changed", error);
  }
  onRepair(`other users could read ${secret} (mode ${(mode & 0o777).toString(8)}); it is 600 now`);
}
