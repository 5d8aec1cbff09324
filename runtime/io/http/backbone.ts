/** The local API's routes around backbones (listed at the top of core/backbone.ts). */
import type { BackboneApi } from "../../core/backbone.js";
import { badInput, type FormBody, readForm } from "./body.js";
import { HttpRefusal, sendJson } from "./reply.js";
import type { Route, RouteContext } from "./route.js";

/** A certificate is the longest of what is given. */
const TEXT_CHARS_MAX = 8 * 1024;

export const BACKBONE_ROUTES: readonly (readonly [string, Route])[] = [
  ["/api/backbone", { method: "GET", handle: (context) => reply(context, (api) => api.backbones()) }],
  [
    "/api/backbone/add",
    post((api, body) =>
      api.addBackbone({
        url: text(body, "url"),
        user: optional(body, "user"),
        password: optional(body, "password"),
        ca: optional(body, "ca"),
        name: optional(body, "name"),
      }),
    ),
  ],
  ["/api/backbone/remove", post((api, body) => api.removeBackbone(text(body, "url")))],
];

function post(answer: (api: BackboneApi, body: FormBody) => unknown): Route {
  return {
    method: "POST",
    async handle(context) {
      const form = await readForm(context.request);
      await reply(context, (api) => answer(api, form));
    },
  };
}

async function reply({ api, response }: RouteContext, answer: (api: BackboneApi) => unknown): Promise<void> {
  if (api.backbone === undefined) throw new HttpRefusal(404, "BAD_USAGE", "this hub has no part in backbones");
  sendJson(response, 200, await answer(api.backbone));
}

function text(body: FormBody, name: string): string {
  const value = body[name];
  if (typeof value === "string" && value !== "" && value.length <= TEXT_CHARS_MAX) return value;
  throw badInput(`"${name}" is not a text of up to ${TEXT_CHARS_MAX} characters`);
}

function optional(body: FormBody, name: string): string | undefined {
  return body[name] === undefined ? undefined : text(body, name);
}
