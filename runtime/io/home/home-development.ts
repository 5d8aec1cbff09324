/** A home for several hubs of one machine at once, without invitations: `mindos swarm`, benches and tests. */
import type { HubId } from "../../core/ids.js";
import { signCertificate } from "../../wire/certificate.js";
import { type HomePapers, makeHome, readHome, writeHome } from "./home-keys.js";
import { type Identity, loadIdentity } from "./identity.js";

export interface DevelopmentHub {
  readonly hub: HubId;
  readonly dir: string;
  readonly papers: HomePapers;
}

export interface DevelopmentHomeOptions {
  readonly wallMs: number;
  readonly lifeMs: number;
  readonly name?: string;
}

/** The first folder's hub has the root's key and is an owner, the rest are members. Folders that belong to that home already
 *  are left as they are, so that a swarm with kept data comes back as it was. No hub may run in them.
 *  @throws MindosError IDENTITY_INVALID | HOME_INVALID | DATA_DIR_UNUSABLE | DISK_FULL */
export async function createDevelopmentHome(
  dirs: readonly string[],
  { wallMs, lifeMs, name = "home" }: DevelopmentHomeOptions,
): Promise<DevelopmentHub[]> {
  const hubs: DevelopmentHub[] = [];
  let founder: HomePapers | undefined;
  for (const [at, dir] of dirs.entries()) {
    const identity = await loadIdentity(dir);
    const known = await readHome(dir);
    const papers =
      founder === undefined
        ? (usable(known) ?? makeHome(identity, { name, hubName: hubName(at), wallMs, lifeMs }))
        : known?.home === founder.home
          ? known
          : memberOf(founder, identity, at, { wallMs, lifeMs });
    if (papers !== known) await writeHome(dir, papers);
    founder ??= papers;
    hubs.push({ hub: identity.hub, dir, papers });
  }
  return hubs;
}

function usable(papers: HomePapers | undefined): HomePapers | undefined {
  return papers?.root === undefined ? undefined : papers;
}

function memberOf(
  founder: HomePapers,
  { publicKey }: Pick<Identity, "publicKey">,
  at: number,
  { wallMs, lifeMs }: DevelopmentHomeOptions,
): HomePapers {
  const { root, rootKey, name, home } = founder;
  if (root === undefined) throw new RangeError("the founder has the root's key");
  const certificate = {
    home,
    publicKey,
    name: hubName(at),
    role: "member" as const,
    serial: at + 1,
    issuedWallMs: wallMs,
    expiresWallMs: wallMs + lifeMs,
  };
  return { home, name, rootKey, chain: [signCertificate(certificate, (message) => root.sign(message))], serial: 0 };
}

function hubName(at: number): string {
  return `hub-${at + 1}`;
}
