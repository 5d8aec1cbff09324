import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { connect, createServer, type TLSSocket } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Identity, loadIdentity } from "../../../runtime/io/home/identity.js";
import { loadTlsIdentity, peerKeyOf, type TlsIdentity } from "../../../runtime/io/tls/identity.js";
import { scratchRoot } from "../store/scratch.js";

let directory: string;
let path: string;
let identity: Identity;
beforeEach(async () => {
  directory = mkdtempSync(scratchRoot());
  path = join(directory, "tls-certificate.pem");
  identity = await loadIdentity(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe("a TLS identity", () => {
  test("has the hub's key, and a certificate that OpenSSL reads, of that key and signed with it", async () => {
    const { key, cert } = await loadTlsIdentity(identity, directory);
    const certificate = new X509Certificate(cert);
    expect(certificate.publicKey.export({ format: "jwk" }).x).toBe(
      Buffer.from(identity.publicKey).toString("base64url"),
    );
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.subject).toBe(`CN=${identity.hub}`);
    expect(certificate.validTo).toBe("Dec 31 23:59:59 9999 GMT");
    expect(key).toContain("BEGIN PRIVATE KEY");
    expect(certificate.raw.length).toBeLessThan(300);
  });

  test("keeps its certificate in a file that only its owner can open, and reads it at the next start", async () => {
    const { cert } = await loadTlsIdentity(identity, directory);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(readFileSync(path, "utf8")).toBe(cert);
    const written = statSync(path).mtimeMs;
    expect(await loadTlsIdentity(identity, directory)).toMatchObject({ cert });
    expect(statSync(path).mtimeMs).toBe(written);
  });

  test("is the same again when the file is damaged, gone, or of another key", async () => {
    const { cert } = await loadTlsIdentity(identity, directory);
    const otherDirectory = mkdtempSync(scratchRoot());
    const other = await loadTlsIdentity(await loadIdentity(otherDirectory), otherDirectory);
    rmSync(otherDirectory, { recursive: true });
    for (const damage of [
      "",
      "no certificate",
      cert.slice(0, 200),
      other.cert,
      other.cert.slice(0, 60) + cert.slice(60),
    ]) {
      writeFileSync(path, damage);
      expect(await loadTlsIdentity(identity, directory)).toMatchObject({ cert });
      expect(readFileSync(path, "utf8")).toBe(cert);
    }
  });

  test("does not open a folder that cannot be written", async () => {
    await expect(loadTlsIdentity(identity, join(directory, "gone"))).rejects.toMatchObject({
      code: "DATA_DIR_UNUSABLE",
    });
  });
});

describe("the key of a peer", () => {
  /** @returns what each end sees of the other. */
  async function handshake(server: TlsIdentity, client?: TlsIdentity): Promise<(Uint8Array | undefined)[]> {
    const door = createServer({ ...server, requestCert: true, rejectUnauthorized: false, minVersion: "TLSv1.3" });
    door.listen(0, "127.0.0.1");
    await once(door, "listening");
    const accepted = once(door, "secureConnection") as Promise<[TLSSocket]>;
    const dialled = connect({
      ...client,
      port: (door.address() as AddressInfo).port,
      rejectUnauthorized: false,
    });
    const [[inner]] = await Promise.all([accepted, once(dialled, "secureConnect")]);
    const keys = [peerKeyOf(inner), peerKeyOf(dialled)];
    dialled.destroy();
    inner.destroy();
    door.close();
    return keys;
  }

  test("is the one that its TLS identity was made of, on both ends", async () => {
    const otherDirectory = join(directory, "other");
    const other = await loadIdentity(otherDirectory);
    const ours = await loadTlsIdentity(identity, directory);
    const theirs = await loadTlsIdentity(other, otherDirectory);
    expect(await handshake(ours, theirs)).toEqual([other.publicKey, identity.publicKey]);
  });

  test("is undefined when the peer shows no certificate", async () => {
    const ours = await loadTlsIdentity(identity, directory);
    expect(await handshake(ours)).toEqual([undefined, identity.publicKey]);
  });
});
