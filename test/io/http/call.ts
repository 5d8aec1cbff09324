/** One request to a hub's local API, as its page makes them. */
import type { HttpHandle } from "../../../runtime/io/http/http.js";

/** @param body present: it is posted. @returns what was answered, as JSON. */
export async function callApi(
  { url }: Pick<HttpHandle, "url">,
  token: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; value: unknown }> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  const init = body === undefined ? { headers } : { headers, method: "POST", body: JSON.stringify(body) };
  const response = await fetch(new URL(path, url), init);
  return { status: response.status, value: await response.json() };
}
