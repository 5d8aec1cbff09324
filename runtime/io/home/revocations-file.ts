/**
 * The revocations that a hub knows: revocations.json in the data folder, one signed revocation a line in hex. Written whole or not at
 * all, so that a line which is none, or a file that is too long, is damage: then the hub does not know who is out, and must not link.
 */
import { join } from "node:path";
import { bytesToHex, hexToBytes } from "../../core/bytes.js";
import { MindosError, messageOf } from "../../core/errors.js";
import { REVOCATION_BYTES_MAX } from "../../wire/messages/admission.js";
import { readSmallFile, writeFileAtomic } from "../files/atomic-file.js";
import { storageError } from "../store/errors.js";

export const OWN_REVOCATIONS = "revocations.json";
/** Of hex, and the end of the line. */
const LINE_BYTES_MAX = 2 * REVOCATION_BYTES_MAX + 1;

/** @param max more than so many of the longest are refused.
 *  @returns the signed bytes of each, to be judged by `Membership.revoke`; none when there is no file.
 *  @throws MindosError REVOCATIONS_INVALID */
export async function readRevocations(path: string, max: number): Promise<Uint8Array[]> {
  let text: string | undefined;
  try {
    text = await readSmallFile(path, max * LINE_BYTES_MAX);
  } catch (error) {
    throw revocationsInvalid(path, messageOf(error), error);
  }
  const lines = (text ?? "").split("\n");
  if (lines.pop() !== "") throw revocationsInvalid(path, "its last line is cut short");
  return lines.map((line, at) => {
    if (line.length < LINE_BYTES_MAX && /^([0-9a-f]{2})+$/.test(line)) return hexToBytes(line);
    throw revocationsInvalid(path, `line ${at + 1} is no revocation`);
  });
}

/** @throws MindosError DATA_DIR_UNUSABLE | DISK_FULL */
export async function writeRevocations(path: string, revocations: readonly Uint8Array[]): Promise<void> {
  try {
    await writeFileAtomic(path, revocations.map((bytes) => `${bytesToHex(bytes)}\n`).join(""));
  } catch (error) {
    throw storageError(error, path, "DATA_DIR_UNUSABLE");
  }
}

export function revocationsPath(directory: string, fileName = OWN_REVOCATIONS): string {
  return join(directory, fileName);
}

export function revocationsInvalid(path: string, why: string, cause?: unknown): MindosError {
  return new MindosError("REVOCATIONS_INVALID", `${path} cannot be read, so who is out is not known: ${why}`, {
    cause,
  });
}
