/**
 * The TLS of links: 1.3 only, mutual, pinned to Ed25519 keys. Not pure: node:tls. PROTOCOL.md §1.
 * No authority signs anything here, so OpenSSL's verdict on the chain is not asked for. What counts is that the other end
 * holds the key it shows, which the handshake proves in both directions (RFC 8446 §4.4.3), and whose key that is.
 */
import { constants } from "node:crypto";
import { createSecureContext, type SecureContextOptions, type TLSSocket, type TlsOptions } from "node:tls";
import type { HubId } from "../../core/ids.js";
import { hubIdOfKey } from "../home/identity.js";
import { peerKeyOf, type TlsIdentity } from "../tls/identity.js";

const ALPN = "mindos/1";
const VERSION = "TLSv1.3";
export const ALPN_PROTOCOLS: readonly string[] = [ALPN];

/** From the first byte to a session of MQTT. A Pi Zero takes about 20 ms for its part of a handshake. Unit: ms. */
export const OPENING_TIMEOUT_MS = 5_000;

function contextOptions({ key, cert }: TlsIdentity): SecureContextOptions {
  return {
    key,
    cert,
    minVersion: VERSION,
    maxVersion: VERSION,
    // AES where the processor does it (ARMv8 crypto, AES-NI), ChaCha20 where it does not (Pi 4 and before): the client chooses.
    ciphers: "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256",
    sigalgs: "ed25519",
    ecdhCurve: "X25519",
    // A ticket would let somebody in without the key. Without tickets, and without a session cache, nobody resumes anything.
    secureOptions: constants.SSL_OP_NO_TICKET,
  };
}

/** What both ends of a connection, and nobody else, can work out of it (RFC 8446 §7.5): for its datagrams. PROTOCOL.md §12. */
const SECRET_LABEL = "EXPORTER-mindos-datagram";
const SECRET_BYTES = 40;

/** To be asked once the handshake is over. @returns undefined for a connection that has ended meanwhile. */
export function datagramSecret(socket: TLSSocket): Uint8Array | undefined {
  try {
    return socket.exportKeyingMaterial(SECRET_BYTES, SECRET_LABEL, Buffer.alloc(0));
  } catch {
    return undefined;
  }
}

export function clientContext(identity: TlsIdentity): ReturnType<typeof createSecureContext> {
  return createSecureContext(contextOptions(identity));
}

export function serverOptions(identity: TlsIdentity): TlsOptions {
  return {
    ...contextOptions(identity),
    ALPNProtocols: [ALPN],
    requestCert: true,
    rejectUnauthorized: false,
    handshakeTimeout: OPENING_TIMEOUT_MS,
  };
}

/** The name of the counter for a connection with oneself. */
export const TO_SELF = "link.to_self";

export type Proven =
  | { readonly peer: HubId }
  /** The name of the counter. */
  | { readonly fault: string };

/** Who is at the other end. To be asked once the handshake is over, before a byte is taken from the connection. */
export function provenPeer(socket: TLSSocket, selfId: HubId): Proven {
  if (socket.getProtocol() !== VERSION || socket.alpnProtocol !== ALPN) return { fault: "link.wrong_protocol" };
  const key = peerKeyOf(socket);
  if (key === undefined) return { fault: "link.no_key" };
  const peer = hubIdOfKey(key);
  return peer === selfId ? { fault: TO_SELF } : { peer };
}
