/** How a hub behaves at a message broker. */
import { SEALED_DEFAULTS, type SealedSettings } from "../../wire/sealed-settings.js";

export interface BackboneSettings {
  /** Links that a hub looks for by itself. With three chosen by rank alone a graph is connected with high probability (Cooper and
   *  Frieze 1995, k-th nearest neighbour graphs). Raise: more ways across; lower: less traffic at the broker. */
  readonly linksWanted: number;
  /** Links that it has at most, those that others asked for included. */
  readonly linksMax: number;
  /** Hubs that it remembers to be there; the one heard longest ago goes first. About 100 bytes each. */
  readonly metMax: number;
  /** Beacons that all hubs of the home together say, in the long run. Raise: newcomers are heard of sooner; lower: less for each
   *  hub to read. Unit: 1/s. */
  readonly beaconsPerSecond: number;
  /** Bounds of the time between two beacons of one hub. Unit: ms. */
  readonly beaconMinMs: number;
  readonly beaconMaxMs: number;
  /** About so many hubs answer a newcomer that looks for others, each within this time. Unit of the second: ms. */
  readonly answersWanted: number;
  readonly answerMs: number;
  /** Beacons that are read, of all that come, in a burst and per second. One takes about 25 µs of CPU on x86. */
  readonly beaconsBurst: number;
  readonly beaconsReadPerSecond: number;
  /** Handshakes that others begin, in a burst and per second. One takes about 2 ms of CPU on x86. */
  readonly handshakesBurst: number;
  readonly handshakesPerSecond: number;
  /** Handshakes of others that wait for their end at once. */
  readonly answeringMax: number;
  /** An unanswered packet of a handshake is sent again after this, then after twice as long, so many times in all. Unit: ms. */
  readonly handshakeMs: number;
  readonly handshakeTries: number;
  /** A hub that could not be linked, or whose link did not last, is left alone for this, doubling. Unit: ms. */
  readonly retryMinMs: number;
  readonly retryMaxMs: number;
  /** A link that lived this long starts the doubling afresh. Unit: ms. */
  readonly stableMs: number;
  readonly sealed: SealedSettings;
}

export const BACKBONE_DEFAULTS: BackboneSettings = {
  linksWanted: 4,
  linksMax: 8,
  metMax: 256,
  beaconsPerSecond: 2,
  beaconMinMs: 30_000,
  beaconMaxMs: 3_600_000,
  answersWanted: 8,
  answerMs: 1_000,
  beaconsBurst: 256,
  beaconsReadPerSecond: 64,
  handshakesBurst: 32,
  handshakesPerSecond: 8,
  answeringMax: 16,
  handshakeMs: 1_000,
  handshakeTries: 3,
  retryMinMs: 5_000,
  retryMaxMs: 600_000,
  stableMs: 60_000,
  sealed: SEALED_DEFAULTS,
};
