/** Talks to a running hub's local HTTP API (see core/status.ts). */
import { request } from "node:http";
import { ERRORS, type ErrorCode, MindosError, messageOf } from "../core/errors.js";
import type { ApiProblem, HubHandle } from "../core/status.js";

/** Where a hub answers, and what opens it. */
export interface HubAddress {
  readonly url: string;
  readonly token: string;
  /** For messages: the hub's name, or the address. */
  readonly name: string;
}

/** A status of 16 hubs with all counters is some tens of kilobytes. */
const RESPONSE_BYTES_MAX = 8 * 1024 * 1024;
const TIMEOUT_MS = 5_000;
/** The hub itself keeps the deadline of a question; this is for a hub that has stopped answering. */
const GRACE_MS = 2_000;

export function addressOf(handle: HubHandle): HubAddress {
  return { url: handle.url, token: handle.token, name: handle.name };
}

/** The address that a browser opens. */
export function pageAddress({ url, token }: Pick<HubAddress, "url" | "token">): string {
  const page = new URL(url);
  page.searchParams.set("token", token);
  return page.href;
}

/** The reverse of `pageAddress`: what a person copied from the screen.
 *  @throws MindosError BAD_USAGE */
export function addressFromUrl(text: string, token: string | undefined): HubAddress {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new MindosError("BAD_USAGE", `"${text}" is not an address such as http://127.0.0.1:8480/?token=…`);
  }
  if (url.protocol !== "http:")
    throw new MindosError("BAD_USAGE", `a hub's address begins with http://, not ${url.protocol}//`);
  const given = url.searchParams.get("token") ?? token ?? "";
  return { url: url.origin, token: given, name: url.host };
}

/** @throws MindosError HUB_NOT_RUNNING | HUB_REFUSED, or the hub's own code */
export function getJson<T>(address: HubAddress, path: string, signal?: AbortSignal): Promise<T> {
  return call<T>(address, "GET", path, undefined, TIMEOUT_MS, signal);
}

/** @throws MindosError as `getJson` */
export function postJson<T>(
  address: HubAddress,
  path: string,
  body: unknown,
  timeoutMs: number,
  signal?: AbortSignal,
): Promise<T> {
  return call<T>(address, "POST", path, JSON.stringify(body), timeoutMs + GRACE_MS, signal);
}

function call<T>(
  address: HubAddress,
  method: string,
  path: string,
  body: string | undefined,
  timeoutMs: number,
  signal?: AbortSignal,
) {
  return new Promise<T>((resolve, reject) => {
    const refuse = (message: string, code: ErrorCode = "HUB_REFUSED"): void =>
      reject(new MindosError(code, `the hub ${address.name} ${message}`));
    const headers: Record<string, string> = { authorization: `Bearer ${address.token}`, accept: "application/json" };
    if (body !== undefined) headers["content-type"] = "application/json";
    // No keep-alive: one request, and the process may end.
    const outgoing = request(new URL(path, address.url), { method, headers, agent: false, ...(signal && { signal }) });
    const deadline = setTimeout(() => outgoing.destroy(new Error("no answer in time")), timeoutMs);
    outgoing.on("close", () => clearTimeout(deadline));
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNREFUSED") refuse("is not running", "HUB_NOT_RUNNING");
      else refuse(`did not answer: ${messageOf(error)}`);
    });
    outgoing.on("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > RESPONSE_BYTES_MAX) outgoing.destroy(new Error("its answer is too long"));
        else chunks.push(chunk);
      });
      response.on("error", (error) => refuse(`broke off: ${messageOf(error)}`));
      response.on("end", () => {
        const value = parseJson(Buffer.concat(chunks).toString("utf8"));
        const status = response.statusCode ?? 0;
        if (status >= 200 && status < 300 && value !== undefined) resolve(value as T);
        else if (isProblem(value)) reject(new MindosError(value.code, value.message));
        else refuse(`answered with HTTP status ${status}`);
      });
    });
    outgoing.end(body);
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Bare, or inside {"error": …}. */
function isProblem(value: unknown): value is ApiProblem {
  if (typeof value !== "object" || value === null) return false;
  const { code, message } = value as Partial<ApiProblem>;
  return typeof code === "string" && Object.hasOwn(ERRORS, code) && typeof message === "string";
}
