/** What a hub says of itself in the registries, kept as it wants it. */
import { beforeEach, expect, test } from "vitest";
import type { StateEntry } from "../../runtime/core/messages-state.js";
import { EntryAuthority } from "../../runtime/hub/registries/authority.js";
import { OwnEntries } from "../../runtime/hub/registries/own-entries.js";
import { MEMBERS, registrySpecs } from "../../runtime/hub/registries/specs.js";
import { MEMBERSHIP_CRYPTO } from "../../runtime/io/home/home-keys.js";
import type { Membership } from "../../runtime/mesh/admission/membership.js";
import { Registries } from "../../runtime/mesh/state/registries.js";
import { memberContent, signEntry } from "../../runtime/wire/registry-entry.js";
import { HOME_WALL_MS, TestHome } from "../fakes/home.js";

const EPOCH = 5;
const home = new TestHome();
const hall = home.admit("hall");

let nowMs: number;
let membership: Membership;
let registries: Registries;
let own: OwnEntries;
let counts: string[];

beforeEach(() => {
  nowMs = 0;
  counts = [];
  membership = home.membership(hall);
  const wallMs = (): number => HOME_WALL_MS + nowMs;
  const authority = new EntryAuthority({ identity: hall, membership: () => membership, wallMs });
  const specs = registrySpecs(authority, wallMs);
  registries = new Registries({ specs, hash: MEMBERSHIP_CRYPTO.sha256, driftMaxMs: 60_000, tombstoneMs: 1e9 });
  const put = (_registry: string, entry: StateEntry): void => {
    const merged = registries.merge(entry, wallMs());
    if (merged.result === "refused") throw new RangeError(merged.why);
  };
  own = new OwnEntries({
    ...{ self: hall.hub, epoch: EPOCH, authority, driver: () => ({ put, registries }) },
    clock: { nowMs: () => nowMs, wallMs },
    counters: { count: (name) => void counts.push(name), snapshot: () => ({}) },
  });
});

const saying = (name: string): Uint8Array => memberContent.encode({ name, addresses: [] });

function wantFor(ms: number, name: string): void {
  for (const untilMs = nowMs + ms; nowMs < untilMs; nowMs += 1000) own.want(MEMBERS, saying(name));
}

function version(): readonly [number, number] | undefined {
  const entry = registries.get(MEMBERS, hall.hub);
  return entry && [entry.major, entry.minor];
}

/** As another start of this hub, or its clone, writes. */
function writtenElsewhere(major: number, minor: number, name: string): void {
  const head = { registry: 1, key: hall.hub, major, minor };
  const value = signEntry(head, { chain: hall.chain, content: saying(name) }, hall.sign);
  expect(registries.merge({ ...head, value }, HOME_WALL_MS + nowMs).result).toBe("new");
}

test("is written once, and again when it changes, at most every two seconds", () => {
  wantFor(10_000, "hall");
  expect(version()).toEqual([EPOCH, 1]);
  for (let n = 0; n < 10; n++) wantFor(1000, `hall ${n}`);
  expect(version()).toEqual([EPOCH, 6]);
});

test("is written again when the certificate was renewed", () => {
  wantFor(3000, "hall");
  const later = { serial: hall.certificate.serial, expiresWallMs: hall.certificate.expiresWallMs + 1 };
  expect(membership.renewOwn(home.admit("hall", "member", undefined, later).chain, HOME_WALL_MS)).toBe(true);
  wantFor(3000, "hall");
  expect(version()).toEqual([EPOCH, 2]);
});

test("goes on from what others remember when the hub comes back from an old backup", () => {
  writtenElsewhere(EPOCH + 40, 7, "later name");
  wantFor(3000, "hall");
  expect(version()).toEqual([EPOCH + 40, 8]);
});

test("that a clone overwrites is written ever more seldom, and counted", () => {
  wantFor(3000, "hall");
  let writes = 0;
  for (let n = 0; n < 3600; n++) {
    const [major = 0, minor = 0] = version() ?? [];
    if (minor % 2 === 1) writtenElsewhere(major, minor + 1, "clone");
    wantFor(1000, "hall");
    if ((version()?.[1] ?? 0) > minor + 1) writes += 1;
  }
  expect(writes).toBeLessThan(20);
  expect(counts.filter((name) => name === "mesh.registryContested").length).toBeGreaterThan(5);
});

test("of a hub that was put out is not written, and the hub goes on", () => {
  membership.revoke(home.revocation(hall.hub), HOME_WALL_MS);
  wantFor(5000, "hall");
  expect(version()).toBeUndefined();
  expect(counts).toContain("mesh.registryUnwritten");
});
