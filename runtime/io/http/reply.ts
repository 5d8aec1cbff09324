/**
 * How the local HTTP server answers: JSON, a refusal as `ApiProblem`, and the headers that every reply carries.
 */
import type { ServerResponse } from "node:http";
import { ERRORS, type ErrorCode, MindosError, messageOf } from "../../core/errors.js";
import type { ApiProblem } from "../../core/status.js";

/** A message is for a person: one that quotes a remote at length is cut. */
const PROBLEM_CHARS_MAX = 300;

/**
 * No inline script or style, nothing from elsewhere, no framing. Trusted Types turn any later use of `innerHTML` into an
 * error, so that a sensor's name can never become markup.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  "Content-Security-Policy": CONTENT_SECURITY_POLICY,
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
};

/** The HTTP status of each error that a request can meet; what is not listed is 500. */
const STATUS_OF_ERROR: Partial<Record<ErrorCode, number>> = {
  BAD_INPUT: 400,
  BAD_USAGE: 400,
  HUB_UNKNOWN: 404,
  NOT_ALLOWED: 403,
  QUESTION_UNCLEAR: 422,
  QUESTION_TOO_LONG: 422,
  NOBODY_CAN_ANSWER: 503,
  ANSWER_TIMEOUT: 503,
  TOO_BUSY: 503,
  HOME_CODE_INVALID: 422,
  OTHER_HOME_UNKNOWN: 404,
  OTHER_HOMES_FULL: 503,
  HOME_EXISTS: 409,
  HOME_MISSING: 409,
  NOT_OWNER: 403,
  INVITATION_UNKNOWN: 404,
  JOIN_UNKNOWN: 404,
  INVITATIONS_FULL: 503,
  CODE_INVALID: 422,
  INVITER_NOT_FOUND: 503,
  JOIN_REFUSED: 409,
  DIGITS_DIFFER: 409,
  DIGITS_INVALID: 422,
};

/** A refusal on its way to the client. */
export class HttpRefusal extends Error {
  constructor(
    readonly status: number,
    readonly code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "HttpRefusal";
  }
}

/** Any caught value as a refusal: never a stack, and of an unforeseen error only its message. */
export function refusalOf(error: unknown): HttpRefusal {
  if (error instanceof HttpRefusal) return error;
  const code = error instanceof MindosError ? error.code : "INTERNAL";
  const status = STATUS_OF_ERROR[code] ?? 500;
  return new HttpRefusal(status, code, messageOf(error), status === 503 ? { "Retry-After": "2" } : {});
}

export function problemOf(refusal: HttpRefusal): ApiProblem {
  const message = refusal.message.slice(0, PROBLEM_CHARS_MAX);
  return { code: refusal.code, message, remedy: ERRORS[refusal.code].remedy };
}

export function sendJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  send(response, status, "application/json; charset=utf-8", JSON.stringify(value), headers);
}

export function sendText(response: ServerResponse, contentType: string, text: string): void {
  send(response, 200, contentType, text, {});
}

function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): void {
  response.writeHead(status, {
    ...COMMON_HEADERS,
    "Content-Type": contentType,
    "Cache-Control": "no-store",
    "Content-Length": String(Buffer.byteLength(body)),
    ...headers,
  });
  response.end(body);
}

/** Does nothing when the reply has begun: then the connection is closed, which the client cannot mistake for success. */
export function sendRefusal(response: ServerResponse, refusal: HttpRefusal): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendJson(response, refusal.status, problemOf(refusal), refusal.headers);
}

/** For a socket that has no response object: an upgrade, or bytes that were no request. */
export function rawRefusal(refusal: HttpRefusal, reason: string): string {
  const body = JSON.stringify(problemOf(refusal));
  return [
    `HTTP/1.1 ${refusal.status} ${reason}`,
    "Connection: close",
    "Content-Type: application/json; charset=utf-8",
    `Content-Length: ${Buffer.byteLength(body)}`,
    "",
    body,
  ].join("\r\n");
}
