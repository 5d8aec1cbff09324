/**
 * The entries that this hub writes of itself, kept as it wants them: every second they are compared with what the registry holds,
 * and written again where that differs, whatever the reason: a change, a renewed certificate, an older backup.
 */
import { bytesEqual } from "../../core/bytes.js";
import type { HubId } from "../../core/ids.js";
import type { Counters } from "../../core/ports.js";
import type { Clock } from "../../core/time.js";
import type { MeshDriver } from "../mesh-driver.js";
import type { EntryAuthority } from "./authority.js";

/** What changes faster is told a little later, so that a flapping source does not keep the whole home busy. Unit: ms. */
const WRITE_EVERY_MS = 2_000;
/** What this hub wrote last is not there: a clone with its key overwrites it, or there is no room for it. It tries again ever more slowly,
 *  up to this; the gates tell clones apart, and a person is told. Unit: ms. */
const LOST_EVERY_MS_MAX = 600_000;

export interface OwnEntriesOptions {
  readonly self: HubId;
  /** Which start of this hub: the greater part of an entry's version, so that no clock is needed. */
  readonly epoch: number;
  readonly authority: EntryAuthority;
  readonly driver: () => Pick<MeshDriver, "put" | "registries">;
  readonly clock: Clock;
  readonly counters: Counters;
}

/** What was written last into a registry. */
interface Written {
  readonly value: Uint8Array;
  readonly atMs: number;
  /** How long the next one waits at the least. Unit: ms. */
  readonly pauseMs: number;
}

export class OwnEntries {
  readonly #options: OwnEntriesOptions;
  readonly #written = new Map<string, Written>();

  constructor(options: OwnEntriesOptions) {
    this.#options = options;
  }

  /** Under this hub's id. */
  want(registry: string, content: Uint8Array): void {
    const { authority, clock, counters, driver, epoch, self } = this.#options;
    const { registries } = driver();
    const known = registries.get(registry, self);
    const opened = known === undefined ? undefined : authority.openOwn(known);
    if (opened !== undefined && !("problem" in opened)) {
      if (authority.isCurrent(opened) && bytesEqual(opened.content, content)) return;
    }
    const nowMs = clock.nowMs();
    const last = this.#written.get(registry);
    if (last !== undefined && nowMs < last.atMs + last.pauseMs) return;
    // A greater epoch than this one: the folder was restored from an old backup, and others remember more.
    const major = Math.max(epoch, known?.major ?? 0);
    const minor = known?.major === major ? known.minor + 1 : 1;
    const head = { registry: registries.spec(registry).number, key: self, major, minor };
    const value = authority.sign(head, content);
    const isGone = last !== undefined && (known === undefined || !bytesEqual(known.value, last.value));
    if (isGone && known !== undefined) counters.count("mesh.registryContested");
    const pauseMs = isGone ? Math.min(2 * last.pauseMs, LOST_EVERY_MS_MAX) : WRITE_EVERY_MS;
    this.#written.set(registry, { value, atMs: nowMs, pauseMs });
    try {
      driver().put(registry, { ...head, value });
    } catch (error) {
      // There is no room for it, or this hub's certificate has ended: both are told of elsewhere, and may pass.
      if (!(error instanceof RangeError)) throw error;
      counters.count("mesh.registryUnwritten");
    }
  }
}
