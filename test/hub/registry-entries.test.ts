/** Who may write what into a home's registries: each registry's own judgement, with real certificates and signatures. */
import { beforeEach, describe, expect, test } from "vitest";
import type { HubId } from "../../runtime/core/ids.js";
import type { StateEntry } from "../../runtime/core/messages-state.js";
import { EntryAuthority } from "../../runtime/hub/registries/authority.js";
import { HOME_NAME, hubSetting, settingKey } from "../../runtime/hub/registries/setting-names.js";
import {
  ADVERTS as ADVERT,
  MEMBERS as MEMBER,
  registrySpecs,
  SETTINGS as SETTING,
} from "../../runtime/hub/registries/specs.js";
import { MEMBERSHIP_CRYPTO } from "../../runtime/io/home/home-keys.js";
import type { Membership } from "../../runtime/mesh/admission/membership.js";
import { Registries } from "../../runtime/mesh/state/registries.js";
import { STATE_DEFAULTS } from "../../runtime/mesh/state/settings.js";
import { advertContent, memberContent, settingContent, signEntry } from "../../runtime/wire/registry-entry.js";
import { HOME_WALL_MS, keyOf, TestHome, type TestHub } from "../fakes/home.js";
import { StateNet, WALL_MS } from "../mesh/state-net.js";

const DAY_MS = 86_400_000;
const [MEMBERS, ADVERTS, SETTINGS] = [1, 2, 3];
const home = new TestHome();
const owner = home.admit("owner", "owner");
const hall = home.admit("hall");
const cellar = home.admit("cellar", "member", owner);

let nowMs: number;
let membership: Membership;
let registries: Registries;

beforeEach(() => {
  nowMs = HOME_WALL_MS + DAY_MS;
  membership = home.membership(owner);
  const authority = new EntryAuthority({ identity: owner, membership: () => membership, wallMs: () => nowMs });
  registries = new Registries({
    specs: registrySpecs(authority, () => nowMs),
    hash: MEMBERSHIP_CRYPTO.sha256,
    driftMaxMs: STATE_DEFAULTS.driftMaxMs,
    tombstoneMs: STATE_DEFAULTS.tombstoneMs,
  });
});

type Head = Omit<StateEntry, "value">;

function entry(by: TestHub, head: Head, content: Uint8Array, signer: Pick<TestHub, "sign"> = by): StateEntry {
  return { ...head, value: signEntry(head, { chain: by.chain, content }, (message) => signer.sign(message)) };
}

function memberOf(by: TestHub, changes: Partial<Head> = {}, signer?: TestHub): StateEntry {
  const head = { registry: MEMBERS, key: by.hub, major: 1, minor: 1, ...changes };
  return entry(by, head, memberContent.encode({ name: by.name, addresses: [] }), signer);
}

function advertOf(by: TestHub, hub: HubId = by.hub): StateEntry {
  const advert = {
    hub,
    version: 1,
    name: by.name,
    topics: ["climate.value"],
    places: [],
    sensorCount: 2,
    neighbours: [],
  };
  return entry(by, { registry: ADVERTS, key: by.hub, major: 1, minor: 1 }, advertContent.encode(advert));
}

function settingBy(by: TestHub, name: string, value: string | undefined, major = nowMs): StateEntry {
  const content = settingContent.encode(value === undefined ? {} : { value });
  return entry(by, { registry: SETTINGS, key: settingKey(name), major, minor: 0 }, content);
}

function resultOf(one: StateEntry): string {
  const merged = registries.merge(one, nowMs);
  return merged.result === "refused" ? merged.why : merged.result;
}

describe("an entry about a hub", () => {
  test("is taken from that hub, by whichever owner it was admitted", () => {
    expect([owner, hall, cellar].map((hub) => resultOf(memberOf(hub)))).toEqual(["new", "new", "new"]);
    expect(resultOf(advertOf(cellar))).toBe("new");
  });

  test("is not taken from another member, whose certificates or signature it carries", () => {
    expect(resultOf(memberOf(cellar, { key: hall.hub }))).toBe("notItsKey");
    expect(resultOf(memberOf(hall, {}, cellar))).toBe("badSignature");
    expect(resultOf(advertOf(cellar, hall.hub))).toBe("malformed");
  });

  test("cannot be moved to another version, registry or key", () => {
    const { value } = memberOf(hall);
    const moved = { registry: MEMBERS, key: hall.hub, major: 9, minor: 1, value };
    expect(resultOf(moved)).toBe("badSignature");
    expect(resultOf({ ...moved, major: 1, registry: ADVERTS })).toBe("malformed");
  });

  test("is not taken from a stranger, nor from a member of another home", () => {
    const stranger = new TestHome("next door").admit("hall");
    expect(resultOf(memberOf(stranger))).toBe("unknownHome");
    const forger = { ...keyOf("forger"), name: "forger", certificate: hall.certificate, chain: hall.chain };
    expect(resultOf(memberOf(forger))).toBe("notItsKey");
  });

  test("that is no entry at all is counted as malformed", () => {
    expect(resultOf({ registry: MEMBERS, key: hall.hub, major: 1, minor: 1, value: Uint8Array.of(1, 2) })).toBe(
      "malformed",
    );
  });

  test("goes when the hub is revoked, and does not come back", () => {
    for (const one of [memberOf(hall), advertOf(hall), memberOf(cellar)]) expect(resultOf(one)).toBe("new");
    membership.revoke(home.revocation(hall.hub), nowMs);
    expect(registries.prune()).toBe(2);
    expect(resultOf(memberOf(hall))).toBe("revoked");
    expect([...registries.entries("members")].map(({ key }) => key)).toEqual([cellar.hub]);
  });

  test("goes when its hub's certificate ends", () => {
    resultOf(memberOf(hall));
    nowMs = hall.certificate.expiresWallMs;
    expect(registries.prune()).toBe(1);
    expect(resultOf(memberOf(hall))).toBe("expired");
  });
});

describe("over a line of hubs", () => {
  test("an advert and a member two links away are known; a forged one does not get past the first hub", () => {
    const authority = new EntryAuthority({ identity: owner, membership: () => membership, wallMs: () => WALL_MS });
    const net = new StateNet(
      1,
      registrySpecs(authority, () => WALL_MS),
    );
    for (let i = 0; i < 4; i++) net.addHub();
    for (let i = 0; i < 3; i++) net.link(i, i + 1);
    net.put(0, memberOf(hall), "members");
    net.put(0, advertOf(hall), "adverts");
    net.put(3, settingBy(owner, HOME_NAME, "Villa", WALL_MS), "settings");
    // Hub 1 broadcasts what hub cellar never wrote.
    const entries = [memberOf(cellar, {}, hall), settingBy(cellar, hubSetting(hall.hub, "name"), "mine", WALL_MS)];
    const sync = { type: "SYNC", scope: "everyone", open: false, more: false, ranges: [], wants: [], entries } as const;
    net.station(2).state.onDelta(net.hubs[1]!, sync, 0, net.rng);
    net.run(5000);
    const held = [...net.stations.keys()].map((index) => {
      const { registries: of } = net.station(index).state;
      return [MEMBER, ADVERT, SETTING].map((name) => [...of.entries(name)].length);
    });
    expect(held).toEqual(Array(4).fill([1, 1, 1]));
    // The first that does not hold is enough: the rest of such a message is not looked at.
    expect([net.count("badSignature"), net.count("notAnOwner")]).toEqual([1, 0]);
  });
});

describe("a setting", () => {
  test("has room for a name and a room of each member, and of more all hubs keep the same", () => {
    const [members, settings] = [registries.spec(MEMBER), registries.spec(SETTING)];
    expect(settings.entriesMax).toBeGreaterThan(2 * members.entriesMax);
    expect(settings.whenFull).toBe("lowest");
  });

  test("is taken from owners alone", () => {
    expect(resultOf(settingBy(hall, HOME_NAME, "mine"))).toBe("notAnOwner");
    expect(resultOf(settingBy(owner, HOME_NAME, "Villa"))).toBe("new");
    expect(resultOf(settingBy(owner, hubSetting(hall.hub, "room"), "loft"))).toBe("new");
    expect(resultOf(settingBy(owner, "home.nam", "typo"))).toBe("malformed");
  });

  test("of two the later stands, whoever hears which first; one from the future is refused", () => {
    expect(resultOf(settingBy(owner, HOME_NAME, "late", nowMs))).toBe("new");
    expect(resultOf(settingBy(owner, HOME_NAME, "early", nowMs - 5))).toBe("older");
    expect(resultOf(settingBy(owner, HOME_NAME, "tomorrow", nowMs + DAY_MS + 1))).toBe("future");
  });

  test("written while this hub's clock ran ahead goes when the clock is put right, so that it does not bar what is set next", () => {
    const rightMs = nowMs;
    nowMs += 30 * DAY_MS;
    expect(resultOf(settingBy(owner, HOME_NAME, "wrong", nowMs))).toBe("new");
    nowMs = rightMs;
    expect(registries.prune()).toBe(1);
    expect(resultOf(settingBy(owner, HOME_NAME, "right", nowMs))).toBe("new");
  });

  test("outlives the certificate of the owner who set it, but not a revocation for theft", () => {
    const second = home.admit("second", "owner");
    const byThief = settingBy(second, HOME_NAME, "Villa");
    expect(resultOf(byThief)).toBe("new");
    nowMs = second.certificate.expiresWallMs + DAY_MS;
    expect(registries.prune()).toBe(0);
    membership.revoke(home.revocation(second.hub, undefined, { reason: "stolen" }), nowMs);
    expect(registries.prune()).toBe(1);
    expect(resultOf(byThief)).toBe("revoked");
  });

  test("of an owner that was replaced stands, unless it was signed afterwards", () => {
    const second = home.admit("second", "owner");
    membership.revoke(home.revocation(second.hub, undefined, { reason: "replaced", wallMs: nowMs }), nowMs);
    expect(resultOf(settingBy(second, HOME_NAME, "after", nowMs + 1))).toBe("revoked");
    expect(resultOf(settingBy(second, HOME_NAME, "before", nowMs - 1))).toBe("new");
  });

  test("that was taken back is forgotten in the end", () => {
    expect(resultOf(settingBy(owner, HOME_NAME, undefined))).toBe("new");
    expect(registries.prune()).toBe(0);
    const takenBack = settingBy(owner, HOME_NAME, undefined);
    nowMs += 731 * DAY_MS;
    expect(registries.prune()).toBe(1);
    expect(resultOf(takenBack)).toBe("oldTombstone");
  });
});
