/**
 * Who may talk to the local HTTP server: the Host header (against DNS rebinding), the Origin header (against other pages
 * in the same browser), and the token, as a bearer or as the cookie that the page's first opening sets.
 *
 * The cookie holds a value derived from the token, never the token: browsers send cookies of 127.0.0.1 to every port,
 * hence also to other programs of this machine. For the same reason its name carries the port, so that the pages of
 * several hubs do not sign one another out.
 */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { HttpRefusal } from "./reply.js";

const LOOPBACK_NAMES = ["127.0.0.1", "localhost", "[::1]"];
/** The page stays signed in for this long; the token itself decides whether that still counts. Unit: s. */
const COOKIE_AGE_MAX_S = 30 * 24 * 3600;

export interface Guard {
  /** @throws HttpRefusal 403 when the Host header names somebody else. */
  checkHost(request: IncomingMessage): void;
  /** For anything that changes state or opens a channel. @throws HttpRefusal 403 */
  checkOrigin(request: IncomingMessage): void;
  /** @throws HttpRefusal 401 */
  checkToken(request: IncomingMessage): void;
  hasToken(request: IncomingMessage): boolean;
  /** @returns the Set-Cookie value when `token` is right. */
  cookieFor(token: string): string | undefined;
}

export function createGuard(options: { readonly host: string; readonly port: number; readonly token: string }): Guard {
  const cookieName = `mindos-${options.port}`;
  const cookieValue = createHmac("sha256", options.token).update("mindos page").digest("hex");
  const tokenDigest = sha256(options.token);
  const cookieDigest = sha256(cookieValue);
  const configured = options.host.includes(":") ? `[${options.host}]` : options.host;

  function hostIsOurs(host: string | undefined, request: IncomingMessage): boolean {
    if (host === undefined) return false;
    const { name, port } = splitHost(host.toLowerCase());
    // The address that the connection came in on is a literal, which no DNS answer can forge.
    const local = request.socket.localAddress ?? "";
    const names = [...LOOPBACK_NAMES, configured.toLowerCase(), local.includes(":") ? `[${local}]` : local];
    return port === options.port && name !== "" && names.includes(name);
  }

  const bearerIsRight = (request: IncomingMessage) => {
    const match = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? "");
    return match !== null && timingSafeEqual(sha256(match[1] ?? ""), tokenDigest);
  };
  const cookieIsRight = (request: IncomingMessage) => {
    const value = cookieNamed(cookieName, request.headers.cookie);
    return value !== undefined && timingSafeEqual(sha256(value), cookieDigest);
  };
  const hasToken = (request: IncomingMessage) => bearerIsRight(request) || cookieIsRight(request);

  return {
    hasToken,
    checkHost(request) {
      if (hostIsOurs(request.headers.host, request)) return;
      throw new HttpRefusal(403, "NOT_ALLOWED", "this hub does not answer to that host name");
    },
    checkOrigin(request) {
      const origin = request.headers.origin;
      // A program that sends its own token needs no origin; a browser, which adds the cookie by itself, always has one.
      const allowed =
        origin === undefined
          ? bearerIsRight(request)
          : origin.toLowerCase() === `http://${request.headers.host?.toLowerCase()}`;
      if (!allowed) throw new HttpRefusal(403, "NOT_ALLOWED", "a request from another page is refused");
    },
    checkToken(request) {
      const site = request.headers["sec-fetch-site"];
      if (site !== undefined && site !== "same-origin" && site !== "none") {
        throw new HttpRefusal(403, "NOT_ALLOWED", "a request from another page is refused");
      }
      if (hasToken(request)) return;
      throw new HttpRefusal(401, "NOT_ALLOWED", "the request carries no valid token", { "WWW-Authenticate": "Bearer" });
    },
    cookieFor(token) {
      if (!timingSafeEqual(sha256(token), tokenDigest)) return undefined;
      return `${cookieName}=${cookieValue}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_AGE_MAX_S}`;
    },
  };
}

/** Digests have one length, so the comparison can be in constant time whatever was sent. */
function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function splitHost(host: string): { name: string; port: number } {
  const match = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/.exec(host);
  return match ? { name: match[1] ?? "", port: Number(match[2] ?? 80) } : { name: "", port: 0 };
}

function cookieNamed(name: string, header: string | undefined): string | undefined {
  for (const part of header?.split(";") ?? []) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return undefined;
}
