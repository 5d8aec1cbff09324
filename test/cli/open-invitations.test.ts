import { expect, test } from "vitest";
import type { AdmissionDoor } from "../../runtime/cli/admission-door.js";
import {
  cancelInvitations,
  describeInvitations,
  invitationMeant,
  openInvitations,
} from "../../runtime/cli/open-invitations.js";
import type { InvitationView } from "../../runtime/core/admission.js";
import { hubIdOf } from "../fakes/fake-mesh.js";

const view = (id: number, changes: Partial<InvitationView> = {}): InvitationView => ({
  ...{ id, state: "open", role: "member", code: "anchor-lemon-tiger", url: "mindos:join?…", qr: [] },
  ...{ expiresWallMs: new Date(2026, 10, 23, 14, 5).getTime(), attemptsLeft: 10 },
  ...changes,
});

/** Two that wait and one that is over. */
function door(): AdmissionDoor {
  const joiner = { hub: hubIdOf(7), name: "attic", digits: "004711" };
  const views = [view(1, { state: "over" }), view(2), view(3, { state: "compare", joiner })];
  const answerInvitation = async (id: number) => view(id, { state: "over" });
  return { invitations: async () => views, answerInvitation } as Partial<AdmissionDoor> as AdmissionDoor;
}

test("the list has the invitations that wait, without the digits that are to be typed", async () => {
  const text = describeInvitations(await openInvitations(door()), 100);
  expect(text.split("\n").slice(1)).toEqual([
    expect.stringMatching(/^ 2 +anchor-lemon-tiger +member +14:05 +waits for a hub$/),
    expect.stringMatching(/^ 3 +anchor-lemon-tiger +member +14:05 +attic: its digits are to be typed here$/),
    "",
  ]);
  expect(describeInvitations([], 100)).toContain("No invitation is open.");
});

test.each([
  ["2", [2]],
  ["all", [2, 3]],
])("--cancel %s takes back %j", async (which, ids) => {
  expect((await cancelInvitations(door(), which)).map(({ id }) => id)).toEqual(ids);
});

test.each([
  ["1", "INVITATION_UNKNOWN"],
  ["9", "INVITATION_UNKNOWN"],
  ["two", "BAD_USAGE"],
  ["0", "BAD_USAGE"],
])("--cancel %s is refused with %s", async (which, code) => {
  await expect(cancelInvitations(door(), which)).rejects.toMatchObject({ code });
});

test.each([
  ["004711", 3],
  ["004 711", 3],
  ["123456", 4],
  ["000000", 4],
  ["12345", 4],
])("--confirm %s means invitation %d, of two whose hubs wait", async (digits, id) => {
  const of = (id: number, digits: string) =>
    view(id, { state: "compare", joiner: { hub: hubIdOf(id), name: "attic", digits } });
  const views = [view(1, { state: "granted", joiner: { hub: hubIdOf(1), name: "den", digits: "004711" } })];
  views.push(view(2), of(3, "004711"), of(4, "123456"));
  const both = { invitations: async () => views, invitation: async () => views[3] } as Partial<AdmissionDoor>;
  expect(await invitationMeant(both as AdmissionDoor, digits)).toBe(id);
});
