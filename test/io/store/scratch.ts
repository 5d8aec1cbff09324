/** Where tests that open hundreds of stores work: in memory where the system offers it, since each opening syncs. */
import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** @returns a prefix for mkdtemp. */
export function scratchRoot(): string {
  try {
    accessSync("/dev/shm", constants.W_OK);
    return "/dev/shm/mindos-test-";
  } catch {
    return join(tmpdir(), "mindos-test-");
  }
}
