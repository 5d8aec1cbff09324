/** The local API's routes around what the home knows of itself (listed at the top of core/home-registry.ts). */
import type { HomeRegistryApi } from "../../core/home-registry.js";
import { badInput, readJson } from "./body.js";
import { HttpRefusal, sendJson } from "./reply.js";
import type { Route, RouteContext } from "./route.js";

/** The longest value has 120 bytes, the longest name an id and a few words. */
const TEXT_CHARS_MAX = 200;

export const HOME_REGISTRY_ROUTES: readonly (readonly [string, Route])[] = [
  ["/api/members", { method: "GET", handle: (context) => reply(context, (api) => api.members()) }],
  ["/api/settings", { method: "GET", handle: (context) => reply(context, (api) => api.settings()) }],
  ["/api/settings/set", { method: "POST", handle: set }],
];

async function set(context: RouteContext): Promise<void> {
  const { name, value } = ((await readJson(context.request)) ?? {}) as { name?: unknown; value?: unknown };
  const [setting, text] = [textOf(name, "name"), textOf(value, "value")];
  await reply(context, (api) => api.set(setting, text));
}

async function reply({ api, response }: RouteContext, answer: (api: HomeRegistryApi) => unknown): Promise<void> {
  if (api.registry === undefined) throw new HttpRefusal(404, "BAD_USAGE", "this hub has no part in a home");
  sendJson(response, 200, await answer(api.registry));
}

function textOf(value: unknown, name: string): string {
  if (typeof value === "string" && value.length <= TEXT_CHARS_MAX) return value;
  throw badInput(`"${name}" is not a text of up to ${TEXT_CHARS_MAX} characters`);
}
