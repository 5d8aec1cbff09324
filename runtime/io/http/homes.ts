/** The local API's routes around other homes (listed at the top of core/homes.ts). */
import type { HomesApi } from "../../core/homes.js";
import { badInput, type FormBody, readForm } from "./body.js";
import { HttpRefusal, sendJson } from "./reply.js";
import type { Route, RouteContext } from "./route.js";

const TEXT_CHARS_MAX = 600;
const TIMEOUT_MS_MAX = 60_000;

export const HOMES_ROUTES: readonly (readonly [string, Route])[] = [
  ["/api/homes", { method: "GET", handle: (context) => reply(context, (api) => api.homes()) }],
  ["/api/homes/trust", post((api, body) => api.trust(text(body, "code"), optional(body, "name")))],
  ["/api/homes/distrust", post((api, body) => api.distrust(text(body, "home")))],
  [
    "/api/homes/ask",
    post((api, body) => api.askHome(text(body, "home"), text(body, "question"), timeoutOf(body["timeoutMs"]))),
  ],
];

function post(answer: (api: HomesApi, body: FormBody) => unknown): Route {
  return {
    method: "POST",
    async handle(context) {
      const form = await readForm(context.request);
      await reply(context, (api) => answer(api, form));
    },
  };
}

async function reply({ api, response }: RouteContext, answer: (api: HomesApi) => unknown): Promise<void> {
  const homes = api.backbone?.homes;
  if (homes === undefined) throw new HttpRefusal(404, "HOME_MISSING", "this hub belongs to no home yet");
  sendJson(response, 200, await answer(homes));
}

function text(body: FormBody, name: string): string {
  const value = body[name];
  if (typeof value === "string" && value.trim() !== "" && value.length <= TEXT_CHARS_MAX) return value;
  throw badInput(`"${name}" is not a text of up to ${TEXT_CHARS_MAX} characters`);
}

function optional(body: FormBody, name: string): string | undefined {
  return body[name] === undefined ? undefined : text(body, name);
}

function timeoutOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "number" && Number.isInteger(value) && value >= 100 && value <= TIMEOUT_MS_MAX) return value;
  throw badInput(`"timeoutMs" is not a whole number from 100 to ${TIMEOUT_MS_MAX}`);
}
