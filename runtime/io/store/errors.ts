/** What a failed file or engine call means to a person. Pure. */
import { type ErrorCode, MindosError, messageOf } from "../../core/errors.js";

/** The engine passes only strerror's text on; Node's own calls carry a code. The texts are glibc's and musl's. */
const CAUSES: readonly { readonly pattern: RegExp; readonly code: ErrorCode; readonly message: string }[] = [
  {
    pattern: /ENOSPC|EDQUOT|No space left on device|Disk quota exceeded|Quota exceeded|File too large|EFBIG/,
    code: "DISK_FULL",
    message: "the disk is full",
  },
  {
    pattern: /LEVEL_LOCKED|already held by process|Resource temporarily unavailable/,
    code: "DATA_DIR_IN_USE",
    message: "another hub uses this folder",
  },
  {
    pattern: /EACCES|EPERM|EROFS|ENOTDIR|EEXIST|ELOOP|Permission denied|not permitted|Read-only file|Not a directory/,
    code: "DATA_DIR_UNUSABLE",
    message: "the folder cannot be written",
  },
  {
    pattern: /LEVEL_ITERATOR_NOT_OPEN/,
    code: "TOO_BUSY",
    message: "the store was closed or reopened while it was being read",
  },
];

/** @param where a path, named in the message.
 *  @param otherwise what it means when the cause is none of full, locked and not writable. */
export function storageError(error: unknown, where: string, otherwise: ErrorCode): MindosError {
  if (error instanceof MindosError) return error;
  const cause = CAUSES.find((candidate) => causeTexts(error).some((text) => candidate.pattern.test(text)));
  if (cause) return new MindosError(cause.code, `${cause.message}: ${where}`, { cause: error });
  return new MindosError(otherwise, `${where}: ${rootMessage(error)}`, { cause: error });
}

export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

/** The engine wraps its errors: "Database failed to open", caused by what happened. */
function causeTexts(error: unknown): string[] {
  const texts: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    texts.push("code" in at ? `${String(at.code)} ${at.message}` : at.message);
  }
  return texts.length > 0 ? texts : [messageOf(error)];
}

function rootMessage(error: unknown): string {
  let at = error;
  for (let depth = 0; at instanceof Error && at.cause instanceof Error && depth < 5; depth++) at = at.cause;
  return messageOf(at);
}
