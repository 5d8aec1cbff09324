/** The local API's routes around the home (listed at the top of core/admission.ts). */
import type { AdmissionApi } from "../../core/admission.js";
import type { RevocationReason, Role } from "../../core/membership.js";
import { badInput, type FormBody, readForm } from "./body.js";
import { HttpRefusal, sendJson } from "./reply.js";
import type { Route, RouteContext } from "./route.js";

const TEXT_CHARS_MAX = 512;
const NAME_CHARS_MAX = 40;
const MINUTES_DEFAULT = 10;
const ROLES: readonly Role[] = ["member", "owner"];
const REASONS: readonly RevocationReason[] = ["lost", "stolen", "replaced", "retired"];

export const ADMISSION_ROUTES: readonly (readonly [string, Route])[] = [
  ["/api/home", get((api) => api.home() ?? null)],
  ["/api/home/create", post((api, body) => api.createHome(text(body, "name", NAME_CHARS_MAX)))],
  ["/api/invitation", get((api, query) => api.invitation(idOf(query.get("id"))))],
  ["/api/invitations", get((api) => api.invitations())],
  ["/api/invitation/open", post((api, body) => api.invite(oneOf(body, "role", ROLES) ?? "member", minutesOf(body)))],
  [
    "/api/invitation/answer",
    post((api, body) => api.answerInvitation(whole(body["id"], "id"), optional(body, "digits"))),
  ],
  ["/api/joining", get((api) => api.joining() ?? null)],
  [
    "/api/joining/begin",
    post((api, body) => api.beginJoining(text(body, "invitation", TEXT_CHARS_MAX), optional(body, "at"))),
  ],
  ["/api/joining/answer", post((api, body) => api.answerJoining(optional(body, "digits")))],
  ["/api/hub", get((api, query) => api.hubNamed(query.get("name")?.slice(0, TEXT_CHARS_MAX) ?? ""))],
  [
    "/api/revoke",
    post((api, body) =>
      api.revoke(text(body, "hub", TEXT_CHARS_MAX), oneOf(body, "reason", REASONS), flag(body, "letBack")),
    ),
  ],
];

function get(answer: (api: AdmissionApi, query: URLSearchParams) => unknown): Route {
  return { method: "GET", handle: (context) => reply(context, (api) => answer(api, context.query)) };
}

function post(answer: (api: AdmissionApi, body: FormBody) => unknown): Route {
  return {
    method: "POST",
    async handle(context) {
      const form = await readForm(context.request);
      await reply(context, (api) => answer(api, form));
    },
  };
}

async function reply({ api, response }: RouteContext, answer: (api: AdmissionApi) => unknown): Promise<void> {
  if (api.admission === undefined) throw new HttpRefusal(404, "BAD_USAGE", "this hub has no part in admission");
  sendJson(response, 200, await answer(api.admission));
}

function text(body: FormBody, name: string, charsMax: number): string {
  const value = body[name];
  if (typeof value === "string" && value.trim() !== "" && value.length <= charsMax) return value;
  throw badInput(`"${name}" is not a text of up to ${charsMax} characters`);
}

function optional(body: FormBody, name: string): string | undefined {
  return body[name] === undefined ? undefined : text(body, name, TEXT_CHARS_MAX);
}

function whole(value: unknown, name: string): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value > 0) return value;
  throw badInput(`"${name}" is not a whole number from 1`);
}

function idOf(id: string | null): number | undefined {
  return id === null ? undefined : whole(Number(id), "id");
}

function minutesOf(body: FormBody): number {
  return body["minutes"] === undefined ? MINUTES_DEFAULT : whole(body["minutes"], "minutes");
}

function flag(body: FormBody, name: string): boolean {
  const value = body[name];
  if (value === undefined || typeof value === "boolean") return value === true;
  throw badInput(`"${name}" is not true or false`);
}

function oneOf<T extends string>(body: FormBody, name: string, values: readonly T[]): T | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value === "string" && (values as readonly string[]).includes(value)) return value as T;
  throw badInput(`"${name}" is not one of ${values.join(", ")}`);
}
