/** The body of a POST to the local API: JSON, bounded. */
import type { IncomingMessage } from "node:http";
import { HttpRefusal } from "./reply.js";

/** But for notes. */
const BODY_BYTES_MAX = 8 * 1024;

/** @throws HttpRefusal 400 | 413 | 415 */
export async function readJson(request: IncomingMessage, bytesMax = BODY_BYTES_MAX): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new HttpRefusal(415, "BAD_INPUT", "the body is not application/json");
  }
  if (Number(request.headers["content-length"] ?? 0) > bytesMax) throw tooLarge(bytesMax);
  const body = await readBody(request, bytesMax);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    throw badInput("the body is not JSON in UTF-8");
  }
}

/** What a form sends: names and what was put there, of any type. */
export type FormBody = Readonly<Record<string, unknown>>;

/** @throws HttpRefusal 400 | 413 | 415 */
export async function readForm(request: IncomingMessage, bytesMax?: number): Promise<FormBody> {
  const body = await readJson(request, bytesMax);
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badInput("the body is not an object");
  return body as FormBody;
}

/** By events, not `for await`: leaving such a loop early destroys the socket, and the refusal with it. */
function readBody(request: IncomingMessage, bytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= bytesMax) chunks.push(chunk);
      else reject(tooLarge(bytesMax));
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", reject);
  });
}

export function badInput(message: string): HttpRefusal {
  return new HttpRefusal(400, "BAD_INPUT", message);
}

/** What is left of the body is not read: the connection closes instead. */
function tooLarge(bytesMax: number): HttpRefusal {
  return new HttpRefusal(413, "BAD_INPUT", `the body is larger than ${bytesMax} bytes`, { Connection: "close" });
}
