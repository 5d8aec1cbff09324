/** Homes for tests: hubs with real keys and certificates, in memory or in scratch folders. */
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HubId } from "../../runtime/core/ids.js";
import type { Certificate, HomeId, Revocation, Role } from "../../runtime/core/membership.js";
import { createDevelopmentHome, type DevelopmentHub } from "../../runtime/io/home/home-development.js";
import { homeIdOfKey, MEMBERSHIP_CRYPTO, RootKey } from "../../runtime/io/home/home-keys.js";
import { Membership } from "../../runtime/mesh/admission/membership.js";
import { ADMISSION_DEFAULTS, type AdmissionSettings } from "../../runtime/mesh/admission/settings.js";
import { signCertificate, signRevocation } from "../../runtime/wire/certificate.js";

export const HOME_WALL_MS = Date.UTC(2026, 0, 1);
const YEAR_MS = 365 * 86_400_000;

/** Any key pair: what signs, and what others know it by. */
export interface TestKey {
  readonly publicKey: Uint8Array;
  readonly hub: HubId;
  sign(message: Uint8Array): Uint8Array;
}

export interface TestHub extends TestKey {
  readonly name: string;
  readonly certificate: Certificate;
  readonly chain: readonly Uint8Array[];
}

/** The same key for the same name, so that a failing test fails again. */
export function keyOf(name: string): TestKey {
  const key = new RootKey(new Uint8Array(createHash("sha256").update(name).digest()));
  const hub = MEMBERSHIP_CRYPTO.hubIdOf(key.publicKey);
  return { publicKey: key.publicKey, hub, sign: (message) => key.sign(message) };
}

export class TestHome {
  readonly root: TestKey;
  readonly home: HomeId;
  #serial = 0;

  constructor(readonly name = "home") {
    this.root = keyOf(`root of ${name}`);
    this.home = homeIdOfKey(this.root.publicKey);
  }

  /** @param by the owner who signs; the root otherwise. */
  admit(name: string, role: Role = "member", by?: TestHub, changes: Partial<Certificate> = {}): TestHub {
    const key = keyOf(`${name} of ${this.name}`);
    this.#serial += 1;
    const certificate: Certificate = {
      home: this.home,
      publicKey: key.publicKey,
      name,
      role,
      serial: this.#serial,
      issuedWallMs: HOME_WALL_MS,
      expiresWallMs: HOME_WALL_MS + YEAR_MS,
      ...changes,
    };
    const signer = by ?? this.root;
    const bytes = signCertificate(certificate, (message) => signer.sign(message));
    return { ...key, name, certificate, chain: by === undefined ? [bytes] : [bytes, by.chain[0]!] };
  }

  /** @param by the owner who signs; the root otherwise. */
  revocation(hub: HubId, by?: TestHub, changes: Partial<Revocation> = {}): Uint8Array {
    const signer = by ?? this.root;
    const value: Revocation = {
      home: this.home,
      hub,
      wallMs: HOME_WALL_MS,
      ...(by === undefined ? {} : { issuer: by.chain[0]! }),
      ...changes,
    };
    return signRevocation(value, (message) => signer.sign(message));
  }

  /** As this hub sees its home. */
  membership(of: TestHub, settings: Partial<AdmissionSettings> = {}): Membership {
    const papers = { home: this.home, rootKey: this.root.publicKey, chain: of.chain };
    return new Membership(papers, MEMBERSHIP_CRYPTO, { ...ADMISSION_DEFAULTS, ...settings });
  }
}

export interface ScratchHome {
  readonly hubs: readonly DevelopmentHub[];
  remove(): void;
}

/** Data folders of hubs that share a home, ready for `startHub`. */
export async function makeScratchHome(hubs: number, wallMs = Date.now()): Promise<ScratchHome> {
  const folder = mkdtempSync(join(tmpdir(), "mindos-home-"));
  const dirs = Array.from({ length: hubs }, (_, at) => join(folder, `hub-${at + 1}`));
  return {
    hubs: await createDevelopmentHome(dirs, { wallMs, lifeMs: YEAR_MS }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
