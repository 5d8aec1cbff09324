/** Whole hubs, in this process, whose certificates near their end or are past it. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { defaultConfig } from "../../runtime/config/config.js";
import type { RunningHub } from "../../runtime/hub/parts.js";
import { startHub } from "../../runtime/hub.js";
import { createDevelopmentHome } from "../../runtime/io/home/home-development.js";
import { readHome, writeHome } from "../../runtime/io/home/home-keys.js";
import { readCertificate, signCertificate } from "../../runtime/wire/certificate.js";

const DAY_MS = 86_400_000;
const patience = { timeout: 20_000 };
const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

interface Started {
  readonly hub: RunningHub;
  readonly dir: string;
  readonly problems: string[];
}

/** An owner and a member whose certificates were signed so many days ago, for a year. */
async function homeOf(daysAgo: number): Promise<readonly [string, string]> {
  const folder = mkdtempSync(join(tmpdir(), "mindos-renewal-"));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  const dirs = [join(folder, "owner"), join(folder, "member")] as const;
  await createDevelopmentHome(dirs, { wallMs: Date.now() - daysAgo * DAY_MS, lifeMs: 365 * DAY_MS });
  return dirs;
}

async function start(dir: string, ...peers: Started[]): Promise<Started> {
  const problems: string[] = [];
  const config = defaultConfig({
    ...{ dataDir: dir, mqttPort: 0, httpPort: 0, linkHost: "127.0.0.1", discovery: false },
    ...{ bluetooth: { enabled: false }, inference: { backend: "off" } },
    peers: peers.map(({ hub }) => `127.0.0.1:${hub.status().linkPort}`),
  });
  const hub = await startHub(config, {
    emit: (event) => {
      if (event.event === "problem") problems.push(event.code);
    },
  });
  cleanups.push(() => hub.stop());
  await expect.poll(() => hub.status().linkPort, patience).toBeGreaterThan(0);
  return { hub, dir, problems };
}

const daysLeft = ({ hub }: Started): number => ((hub.admission?.home()?.expiresWallMs ?? 0) - Date.now()) / DAY_MS;

test("an owner and a member that link in the last third of their certificates are both renewed, on disk", async () => {
  const [a, b] = await homeOf(300);
  const owner = await start(a);
  await expect.poll(() => daysLeft(owner), patience).toBeGreaterThan(10_000);
  const member = await start(b, owner);
  await expect.poll(() => daysLeft(member), patience).toBeGreaterThan(700);
  await member.hub.stop();
  expect(daysLeft(await start(b, owner))).toBeGreaterThan(700);
  expect(member.problems).toEqual([]);
}, 60_000);

test("a hub whose certificate has run out gets no frame through, is not renewed, and says so", async () => {
  const [a, b] = await homeOf(366);
  // The owner has been renewed in time: as a hub of the same root that was signed today.
  await renewOwner(a);
  const owner = await start(a);
  const member = await start(b, owner);
  await expect.poll(() => owner.hub.status().counters["mesh.admission.expired"], patience).toBeGreaterThan(0);
  expect(owner.hub.status().hubs).toHaveLength(1);
  expect(owner.hub.status().counters["mesh.admission.renewalGiven"]).toBeUndefined();
  expect(member.problems).toContain("CERTIFICATE_EXPIRED");
  expect(member.hub.admission?.home()?.problem).toBe("expired");
}, 60_000);

async function renewOwner(dir: string): Promise<void> {
  const papers = (await readHome(dir))!;
  const read = readCertificate(papers.chain[0]!);
  if ("problem" in read) throw new Error(read.problem);
  const value = { ...read.value, issuedWallMs: Date.now(), expiresWallMs: Date.now() + 365 * DAY_MS };
  await writeHome(dir, { ...papers, chain: [signCertificate(value, (message) => papers.root!.sign(message))] });
}
