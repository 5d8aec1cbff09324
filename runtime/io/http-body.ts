/** The body of a POST to the local API: JSON, bounded. */
import type { IncomingMessage } from "node:http";
import { HttpRefusal } from "./http-reply.js";

const BODY_BYTES_MAX = 8 * 1024;

/** @throws HttpRefusal 400 | 413 | 415 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new HttpRefusal(415, "BAD_INPUT", "the body is not application/json");
  }
  if (Number(request.headers["content-length"] ?? 0) > BODY_BYTES_MAX) throw tooLarge();
  const body = await readBody(request);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw badInput("the body is not JSON in UTF-8");
  }
}

/** What a form sends: names and what was put there, of any type. */
export type FormBody = Readonly<Record<string, unknown>>;

/** @throws HttpRefusal 400 | 413 | 415 */
export async function readForm(request: IncomingMessage): Promise<FormBody> {
  const body = await readJson(request);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badInput("the body is not an object");
  return body as FormBody;
}

/** By events, not `for await`: leaving such a loop early destroys the socket, and the refusal with it. */
function readBody(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_BYTES_MAX) chunks.push(chunk);
      else reject(tooLarge());
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

export function badInput(message: string): HttpRefusal {
  return new HttpRefusal(400, "BAD_INPUT", message);
}

/** What is left of the body is not read: the connection closes instead. */
function tooLarge(): HttpRefusal {
  return new HttpRefusal(413, "BAD_INPUT", `the body is larger than ${BODY_BYTES_MAX} bytes`, { Connection: "close" });
}
