/**
 * Live adverts from the computer's own Bluetooth, through BlueZ. Starts only where there is something to listen with;
 * once started it outlives restarts of bluetoothd and of D-Bus. Opens a socket.
 */
import type { Advert, AdvertSource } from "../../runtime/core/advert.js";
import { MindosError, messageOf } from "../../runtime/core/errors.js";
import type { Counters } from "../../runtime/core/ports.js";
import type { Clock } from "../../runtime/core/time.js";
import { BluezSession } from "./bluez-session.js";
import { SYSTEM_BUS_ADDRESS_DEFAULT } from "./dbus-address.js";
import { realTimers, type Timers } from "./replay-source.js";

export interface BluezSourceOptions {
  readonly clock: Clock;
  /** What was dropped, under names that begin with "ble.". */
  readonly counters: Counters;
  /** "hci0"; all powered adapters when absent. */
  readonly adapter?: string;
  /** Default: DBUS_SYSTEM_BUS_ADDRESS, else the usual place. */
  readonly address?: string;
  /** Raise: for a slow computer at boot; lower: a stuck bluetoothd is noticed sooner. Unit: ms. */
  readonly callTimeoutMs?: number;
  /** `start` succeeds without a radio too, and goes on looking for one; `onState` says what is missing. */
  readonly waitForRadio?: boolean;
  /** Told what it listens with, or why it does not, whenever that changes. */
  readonly onState?: (listening: boolean, note: string) => void;
  readonly timers?: Timers;
}

/** BlueZ answers within milliseconds, but powering an adapter up at boot takes seconds. */
const CALL_TIMEOUT_MS_DEFAULT = 10_000;
/** From about as fast as systemd restarts a service to rarely enough to cost nothing. */
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

export function createBluezSource(options: BluezSourceOptions): AdvertSource {
  return new BluezSource(options);
}

class BluezSource implements AdvertSource {
  readonly origin = "live";
  readonly name: string;
  readonly #timers: Timers;
  #deliver: ((advert: Advert) => void) | undefined;
  #session: BluezSession | undefined;
  #retryTimer: unknown;
  #retryMs = RETRY_MS_MIN;
  #lastState = "";

  constructor(readonly options: BluezSourceOptions) {
    this.name = options.adapter ? `bluez ${options.adapter}` : "bluez";
    this.#timers = options.timers ?? realTimers;
  }

  async start(deliver: (advert: Advert) => void): Promise<void> {
    if (this.#deliver) throw new MindosError("INTERNAL", `the source "${this.name}" is already started`);
    this.#deliver = deliver;
    this.#lastState = "";
    this.#retryMs = RETRY_MS_MIN;
    const problem = await this.#open(deliver);
    if (this.#deliver !== deliver) throw new MindosError("RADIO_UNAVAILABLE", "the source was stopped");
    if (problem === undefined || this.options.waitForRadio) return;
    await this.stop();
    throw problem;
  }

  async stop(): Promise<void> {
    this.#deliver = undefined;
    this.#timers.clear(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#session?.close();
    this.#session = undefined;
  }

  /** One try. Whatever stands in the way, the next try is arranged.
   *  @returns why nothing is heard, if so. */
  async #open(deliver: (advert: Advert) => void): Promise<MindosError | undefined> {
    this.#session?.close();
    const session = this.#newSession(deliver);
    this.#session = session;
    try {
      const listening = await session.open();
      this.#stateOf(session, listening);
      return listening ? undefined : new MindosError("RADIO_UNAVAILABLE", session.note);
    } catch (error) {
      this.#stateOf(session, false, messageOf(error));
      return error instanceof MindosError ? error : new MindosError("INTERNAL", messageOf(error), { cause: error });
    }
  }

  #newSession(deliver: (advert: Advert) => void): BluezSession {
    const { clock, counters, adapter, callTimeoutMs = CALL_TIMEOUT_MS_DEFAULT } = this.options;
    const session: BluezSession = new BluezSession({
      // Read here and not at load: a test, or a container, sets it late.
      address: this.options.address ?? process.env["DBUS_SYSTEM_BUS_ADDRESS"] ?? SYSTEM_BUS_ADDRESS_DEFAULT,
      adapter,
      callTimeoutMs,
      clock,
      counters,
      deliver: (advert) => {
        if (this.#session === session) deliver(advert);
      },
      onState: (listening) => this.#stateOf(session, listening),
      onLost: () => this.#stateOf(session, false),
    });
    return session;
  }

  #stateOf(session: BluezSession, listening: boolean, note = session.note): void {
    if (this.#session !== session) return;
    if (listening) {
      this.#timers.clear(this.#retryTimer);
      this.#retryTimer = undefined;
      this.#retryMs = RETRY_MS_MIN;
    } else {
      this.#retryLater();
    }
    if (note === this.#lastState) return;
    this.#lastState = note;
    this.options.onState?.(listening, note);
  }

  /** A signal may end the wait sooner; this is for what no signal tells. */
  #retryLater(): void {
    if (this.#retryTimer !== undefined) return;
    this.#retryTimer = this.#timers.set(() => {
      this.#retryTimer = undefined;
      if (this.#deliver) void this.#open(this.#deliver);
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, RETRY_MS_MAX);
  }
}
