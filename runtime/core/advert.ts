/** What a radio hears: one Bluetooth LE advertising report. Pure. */

/** Where data came from. Replayed data says so on every screen and in every message. */
export type Origin = "live" | "replay";

/** 31 bytes of legacy advertising and 31 of scan response; extended advertising carries up to 1650. */
export const ADVERT_DATA_BYTES_MAX = 1650;

export interface Advert {
  /** "A4:C1:38:0B:5E:ED" */
  readonly address: string;
  readonly rssiDbm: number;
  /** Monotonic, when it was heard. Unit: ms. */
  readonly heardMs: number;
  readonly origin: Origin;
  readonly name?: string;
  /** 128-bit lower-case UUID or the 16-bit short form ("fcd2") → service data. */
  readonly serviceData: ReadonlyMap<string, Uint8Array>;
  /** Bluetooth SIG company id → manufacturer data, without the two id bytes. */
  readonly manufacturerData: ReadonlyMap<number, Uint8Array>;
  /** Only on replay: the wall time at which the reading was taken. Unit: ms. */
  readonly takenWallMs?: number;
}

/** A stream of adverts: live Bluetooth, a replay, or a test. */
export interface AdvertSource {
  readonly name: string;
  readonly origin: Origin;
  /** Begins delivery; resolves when adverts can arrive.
   *  @throws MindosError RADIO_UNAVAILABLE when there is nothing to listen with. */
  start(deliver: (advert: Advert) => void): Promise<void>;
  stop(): Promise<void>;
}
