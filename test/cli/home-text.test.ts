import { describe, expect, test } from "vitest";
import { describeMembers, describeSettings } from "../../runtime/cli/home-text.js";
import { textWidth } from "../../runtime/cli/text-width.js";
import type { HomeSetting, MemberListing } from "../../runtime/core/home-registry.js";
import { hubIdOf } from "../fakes/fake-mesh.js";

const NOW = Date.UTC(2026, 0, 2, 12);
const member = (at: number, changes: Partial<MemberListing>): MemberListing => ({
  ...{ hub: hubIdOf(at), name: `hub-${at}`, role: "member", presence: "here", addresses: [] },
  ...{ issuedWallMs: NOW - 86_400_000, expiresWallMs: NOW + 86_400_000, ...changes },
});
const members = [
  member(1, { name: "attic", presence: "self", role: "owner", addresses: [{ host: "fd00::1", port: 7000 }] }),
  member(2, { name: "cellar", presence: "away", awaySinceWallMs: NOW - 26 * 3_600_000, room: "workshop" }),
  member(3, { presence: "away" }),
];
const settings: readonly HomeSetting[] = [
  { name: "home.name", value: "Villa", wallMs: NOW, by: hubIdOf(1) },
  { name: `hub.${hubIdOf(2)}.room`, value: "workshop", wallMs: NOW, by: hubIdOf(9) },
];

describe("a home as text", () => {
  test("lists each member with its presence, for how long it is away, and where it may be dialled", () => {
    const lines = describeMembers(members, NOW, Number.POSITIVE_INFINITY).split("\n");
    expect(lines[1]).toMatch(/^attic +\w{8} +owner +this hub +\[fd00::1\]:7000$/);
    expect(lines[2]).toMatch(/^cellar +\w{8} +member +away for 1 d 2 h +workshop$/);
    expect(lines[3]).toMatch(/^hub-3 +\w{8} +member +away$/);
  });

  test("calls settings as they are typed, and hubs by their names", () => {
    const lines = describeSettings(settings, members, Number.POSITIVE_INFINITY).split("\n");
    expect(lines[1]).toMatch(/^name +Villa +2026-01-02 .* attic$/);
    expect(lines[2]).toMatch(/^cellar\.room +workshop +2026-01-02 .* \w{8}$/);
  });

  test("fits a narrow terminal, and a name cannot drive it", () => {
    const evil = [
      member(4, { name: "\x1b[2Jgone", room: "r".repeat(30), addresses: [{ host: "h".repeat(60), port: 1 }] }),
    ];
    const text = describeMembers(evil, NOW, 80);
    expect(text).not.toContain("\x1b");
    for (const line of text.split("\n")) expect(textWidth(line)).toBeLessThanOrEqual(80);
  });

  test("says what to do when there is nothing to show", () => {
    expect(describeMembers([], NOW, 80)).toContain("has just started");
    expect(describeSettings([], [], 80)).toContain("mindos home set name");
  });
});
