/** Joining over real TLS on loopback, between data folders in which no hub runs. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { readFile, rm, writeFile } from "node:fs/promises";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { InvitationView } from "../../runtime/core/admission.js";
import { type FolderAdmission, openAdmission } from "../../runtime/hub/admission-folder.js";
import { loadIdentity } from "../../runtime/io/home/identity.js";
import { loadTlsIdentity } from "../../runtime/io/tls/identity.js";

const folder = mkdtempSync(join(tmpdir(), "mindos-admission-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const open: FolderAdmission[] = [];
afterEach(async () => {
  for (const admission of open.splice(0)) await admission.close();
});

let made = 0;
async function hub(name: string, dir = join(folder, `${++made}-${name}`)) {
  const admission = await openAdmission(dir, {
    holder: "test",
    hubName: name,
    host: "127.0.0.1",
    onNote: () => undefined,
  });
  open.push(admission);
  return { dir, api: admission.api };
}

async function invited(name = "villa") {
  const inviter = await hub("founder");
  await inviter.api.createHome(name);
  return { inviter, invitation: await inviter.api.invite("member", 10) };
}

/** Until it holds: papers are written to disk, which takes as long as the disk takes. */
async function until(holds: () => boolean): Promise<void> {
  const giveUpMs = performance.now() + 15_000;
  while (performance.now() < giveUpMs && !holds()) await new Promise((resolve) => setImmediate(resolve));
  expect(holds()).toBe(true);
}

const portOf = ({ url }: InvitationView): number => Number(/:(\d+)&/.exec(url)?.[1]);

describe("a hub with an address from a QR code", () => {
  test("joins after both persons have compared the digits, and can then be put out", async () => {
    const { inviter, invitation } = await invited();
    const joiner = await hub("attic");
    const joining = await joiner.api.beginJoining(invitation.url, undefined);
    expect(joining).toMatchObject({ state: "compare", homeName: "villa" });
    await until(() => inviter.api.invitation().state === "compare");
    const { joiner: seen } = inviter.api.invitation(invitation.id);
    expect(seen).toMatchObject({ name: "attic", digits: joining.digits });
    await inviter.api.answerInvitation(invitation.id, joining.digits);
    expect((await joiner.api.answerJoining(seen!.digits)).state).toBe("waiting");
    await until(() => joiner.api.joining()?.state === "joined");
    expect(joiner.api.home()).toMatchObject({
      home: inviter.api.home()!.home,
      name: "villa",
      role: "member",
      root: false,
    });
    expect(inviter.api.invitation(invitation.id).state).toBe("granted");
    await expect(inviter.api.revoke(seen!.hub, "lost")).resolves.toMatchObject({ hub: seen!.hub, before: false });
    await expect(inviter.api.revoke(seen!.hub, "lost")).resolves.toMatchObject({ hub: seen!.hub, before: true });
    expect(inviter.api.hubNamed(seen!.hub)).toEqual({ hub: seen!.hub, revoked: true });
    expect(inviter.api.home()!.revoked).toEqual([seen!.hub]);
  });

  test("is in the home after its next start, and the files are its owner's alone", async () => {
    const { inviter, invitation } = await invited();
    const joiner = await hub("attic");
    const { digits } = await joiner.api.beginJoining(invitation.url, undefined);
    await until(() => inviter.api.invitation().state === "compare");
    await inviter.api.answerInvitation(invitation.id, digits);
    await joiner.api.answerJoining(digits);
    await until(() => joiner.api.joining()?.state === "joined");
    for (const { dir } of [inviter, joiner]) expect(statSync(join(dir, "home.json")).mode & 0o777).toBe(0o600);
    expect(await readFile(join(joiner.dir, "home.json"), "utf8")).not.toContain("rootPrivateKey");
    for (const admission of open.splice(0)) await admission.close();
    expect((await hub("attic", joiner.dir)).api.home()).toMatchObject({ name: "villa", role: "member" });
    const again = (await hub("founder", inviter.dir)).api;
    expect(again.home()).toMatchObject({ role: "owner", root: true });
  });
});

describe("a hub that was put out", () => {
  test("is told so when it joins again with its old key, and is let in as a new hub", async () => {
    const { inviter, invitation } = await invited();
    const first = await hub("attic");
    const { digits } = await first.api.beginJoining(invitation.url, undefined);
    await until(() => inviter.api.invitation().state === "compare");
    const { hub: id } = inviter.api.invitation().joiner!;
    await inviter.api.answerInvitation(invitation.id, digits);
    await first.api.answerJoining(digits);
    await until(() => first.api.joining()?.state === "joined");
    await inviter.api.revoke(id, "lost");
    for (const admission of open.splice(1)) await admission.close();
    await rm(join(first.dir, "home.json"));
    const { url } = await inviter.api.invite("member", 10);
    const again = await hub("attic", first.dir);
    await again.api.beginJoining(url, undefined);
    await until(() => again.api.joining()?.state === "refused");
    expect(again.api.joining()).toMatchObject({ problem: "revoked" });
    expect(again.api.home()).toBeUndefined();
    expect(inviter.api.invitation().state).toBe("open");
    for (const admission of open.splice(1)) await admission.close();
    for (const file of readdirSync(first.dir)) if (/^(identity|home)\./.test(file)) await rm(join(first.dir, file));
    const fresh = await hub("attic", first.dir);
    await expect(fresh.api.beginJoining(url, undefined)).resolves.toMatchObject({ state: "compare" });
    await until(() => inviter.api.invitation().state === "compare");
  });
});

describe("whoever comes back, as a page that was loaded anew does,", () => {
  test("finds every invitation that waits, and those that ended of late", async () => {
    const { inviter, invitation } = await invited();
    const second = await inviter.api.invite("member", 10);
    expect(inviter.api.invitations()).toEqual([invitation, second]);
    await inviter.api.answerInvitation(invitation.id, undefined);
    expect(inviter.api.invitations().map(({ id, state }) => [id, state])).toEqual([
      [invitation.id, "over"],
      [second.id, "open"],
    ]);
  });

  test("finds whether the digits have been typed, and may still break it off", async () => {
    const { inviter, invitation } = await invited();
    const joiner = await hub("attic");
    const { digits } = await joiner.api.beginJoining(invitation.url, undefined);
    await until(() => inviter.api.invitations()[0]?.state === "compare");
    expect((await inviter.api.answerInvitation(invitation.id, digits)).state).toBe("agreed");
    expect(inviter.api.invitations()[0]).toMatchObject({ state: "agreed", qr: [] });
    expect((await joiner.api.answerJoining(undefined)).state).toBe("refused");
    expect(joiner.api.joining()).toMatchObject({ state: "refused", problem: "declined" });
    await joiner.api.answerJoining(undefined);
    expect(joiner.api.joining()).toBeUndefined();
    await until(() => inviter.api.invitations()[0]?.state === "open");
  });

  test("breaks off a join that waits for the inviting hub", async () => {
    const { inviter, invitation } = await invited();
    const joiner = await hub("attic");
    const { digits } = await joiner.api.beginJoining(invitation.url, undefined);
    expect((await joiner.api.answerJoining(digits)).state).toBe("waiting");
    expect((await joiner.api.answerJoining(undefined)).state).toBe("refused");
    expect(inviter.api.home()!.revoked).toEqual([]);
  });
});

describe("an invitation", () => {
  test("opens a door only while it lives", async () => {
    const { inviter, invitation } = await invited();
    const port = portOf(invitation);
    await inviter.api.answerInvitation(invitation.id, undefined);
    const joiner = await hub("late");
    await expect(joiner.api.beginJoining(invitation.url, undefined)).rejects.toMatchObject({
      code: "INVITER_NOT_FOUND",
    });
    expect(port).toBeGreaterThan(0);
  });

  test.each<[string, (socket: Socket) => void, number]>([
    ["say nothing", () => undefined, 20],
    ["begin to speak", (socket) => socket.write(Uint8Array.of(0x16, 0x03, 0x01, 0x01, 0x00, 0x01)), 6],
  ])("lets its joiner in though a crowd of strangers who %s came first", async (_name, speak, crowd) => {
    const { invitation } = await invited();
    const port = portOf(invitation);
    const sockets = Array.from({ length: crowd }, (_, i) =>
      connectTcp({ port, host: "127.0.0.1", localAddress: `127.0.0.${2 + i}` }, function (this: Socket) {
        speak(this);
      }).on("error", () => undefined),
    );
    await until(() => sockets.every(({ connecting }) => !connecting));
    const joiner = await hub("attic");
    await expect(joiner.api.beginJoining(invitation.url, undefined)).resolves.toMatchObject({ state: "compare" });
    for (const socket of sockets) socket.destroy();
  });

  test("is refused to who has other words", async () => {
    const { inviter, invitation } = await invited();
    const joiner = await hub("guess");
    const at = `127.0.0.1:${portOf(invitation)}`;
    const other = invitation.code === "zoo-zoo-zoo" ? "zoo-zoo-able" : "zoo-zoo-zoo";
    await expect(joiner.api.beginJoining(other, at)).rejects.toMatchObject({ code: "JOIN_REFUSED" });
    expect(inviter.api.invitation(invitation.id).state).toBe("open");
    expect(inviter.api.invitation(invitation.id).attemptsLeft).toBe(invitation.attemptsLeft - 1);
  });

  test("stays open when what was typed is not six digits, on either side", async () => {
    const { inviter, invitation } = await invited();
    const joiner = await hub("attic");
    const { digits } = await joiner.api.beginJoining(invitation.url, undefined);
    await until(() => inviter.api.invitation().state === "compare");
    for (const slip of [digits.slice(1), `${digits}0`, "", "yes"]) {
      await expect(inviter.api.answerInvitation(invitation.id, slip)).rejects.toMatchObject({ code: "DIGITS_INVALID" });
      await expect(joiner.api.answerJoining(slip)).rejects.toMatchObject({ code: "DIGITS_INVALID" });
    }
    await inviter.api.answerInvitation(invitation.id, `${digits.slice(0, 3)} ${digits.slice(3)}`);
    await joiner.api.answerJoining(digits);
    await until(() => joiner.api.joining()?.state === "joined");
  });

  test("of an owner is for the hub that made the home", async () => {
    const { inviter, invitation } = await invited();
    const member = await hub("attic");
    const { digits } = await member.api.beginJoining(invitation.code, `127.0.0.1:${portOf(invitation)}`);
    await until(() => inviter.api.invitation().state === "compare");
    await inviter.api.answerInvitation(invitation.id, digits);
    await member.api.answerJoining(digits);
    await until(() => member.api.joining()?.state === "joined");
    await expect(member.api.invite("member", 10)).rejects.toMatchObject({ code: "NOT_OWNER" });
    await expect(member.api.revoke("0".repeat(32), undefined)).rejects.toMatchObject({ code: "NOT_OWNER" });
    await expect(member.api.createHome("other")).rejects.toMatchObject({ code: "HOME_EXISTS" });
  });

  test("ends when other digits are typed", async () => {
    const { inviter, invitation } = await invited();
    const joiner = await hub("attic");
    const { digits } = await joiner.api.beginJoining(invitation.url, undefined);
    await until(() => inviter.api.invitation().state === "compare");
    const wrong = digits === "000000" ? "000001" : "000000";
    await expect(inviter.api.answerInvitation(invitation.id, wrong)).rejects.toMatchObject({ code: "DIGITS_DIFFER" });
    await until(() => joiner.api.joining()?.state === "refused");
    expect(inviter.api.invitation(invitation.id).state).toBe("over");
    expect(joiner.api.home()).toBeUndefined();
  });
});

describe("a relay in the middle that terminates TLS with keys of its own", () => {
  test("is refused, since what was said on one channel holds on no other", async () => {
    const { inviter, invitation } = await invited();
    const dir = join(folder, "mallory");
    const tls = await loadTlsIdentity(await loadIdentity(dir), dir);
    const relay = createServer({ ...tls, minVersion: "TLSv1.3" }, (front: TLSSocket) => {
      const back = connect({ host: "127.0.0.1", port: portOf(invitation), rejectUnauthorized: false });
      for (const socket of [front, back]) socket.on("error", () => undefined);
      front.pipe(back);
      back.pipe(front);
    });
    await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
    const address = relay.address();
    const at = `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const joiner = await hub("attic");
    await expect(joiner.api.beginJoining(invitation.code, at)).rejects.toMatchObject({ code: "JOIN_REFUSED" });
    expect(inviter.api.invitation(invitation.id).state).toBe("open");
    relay.close();
  });
});

describe("home.json", () => {
  test.each([
    ["is cut short", (text: string) => text.slice(0, 40)],
    [
      "has another root's key",
      (text: string) => text.replace(/("rootPublicKey": ")(.)/, (_, before, digit) => before + (digit === "0" ? 1 : 0)),
    ],
    [
      "has a private key that is not the root's",
      (text: string) => text.replace(/"rootPrivateKey": "[0-9a-f]{64}/, `"rootPrivateKey": "${"7".repeat(64)}`),
    ],
    ["has a chain that was bent", (text: string) => text.replace(/"chain": \[\s*"8443a1/, '"chain": ["8443a2')],
  ])("that %s is refused by name, and its keys are not quoted", async (_, damage) => {
    const { inviter } = await invited();
    for (const admission of open.splice(0)) await admission.close();
    const path = join(inviter.dir, "home.json");
    const text = await readFile(path, "utf8");
    expect(damage(text)).not.toBe(text);
    await writeFile(path, damage(text));
    const secret = /"rootPrivateKey": "([0-9a-f]{64})/.exec(text)![1]!;
    const refusal = await hub("founder", inviter.dir).catch((error: Error) => error);
    expect(refusal).toMatchObject({ code: "HOME_INVALID" });
    expect(String((refusal as Error).message)).not.toContain(secret.slice(0, 16));
  });
});
