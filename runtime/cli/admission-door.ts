/** Admission for the commands: through the hub that runs, else on its data folder. */
import { existsSync } from "node:fs";
import type { AdmissionApi, HomeView, InvitationView, JoiningView, NamedHub, RevokedView } from "../core/admission.js";
import type { CommandContext, Option } from "./command.js";
import { getJson, type HubAddress, postJson } from "./hub-client.js";
import { findHubs, noteElsewhere } from "./hub-finder.js";
import { dataDirOf, handlePath } from "./places.js";

/** `AdmissionApi`, with every answer awaited: it may come over HTTP. */
export type AdmissionDoor = {
  readonly [M in keyof AdmissionApi]: (
    ...args: Parameters<AdmissionApi[M]>
  ) => Promise<Awaited<ReturnType<AdmissionApi[M]>>>;
};

/** The options of every command around the home. */
export const ADMISSION_OPTIONS = {
  data: {
    type: "text",
    value: "DIR",
    completes: "folder",
    description: "The hub's data folder. Default: as for `mindos hub`.",
  },
} as const satisfies Record<string, Option>;

export const HUB_NAME_OPTION = {
  type: "text",
  value: "NAME",
  description: "What to call this hub, while none runs; it keeps the name. Default: the machine's name.",
} as const satisfies Option;

export const LISTEN_OPTIONS = {
  host: {
    type: "text",
    value: "ADDRESS",
    default: "127.0.0.1",
    description: "While no hub runs: the address to listen on; 0.0.0.0 for all.",
  },
} as const satisfies Record<string, Option>;

export interface DoorOptions {
  /** Whom another command finds in the folder meanwhile: "mindos join". */
  readonly command: string;
  readonly data: string | undefined;
  readonly name?: string | undefined;
  readonly host?: string | undefined;
}

type Context = Pick<CommandContext, "env" | "tools" | "err">;

/** @throws MindosError of either way, and DATA_DIR_IN_USE when a hub has the folder and does not answer. */
export async function withAdmission<T>(
  options: DoorOptions,
  context: Context,
  use: (door: AdmissionDoor) => Promise<T>,
): Promise<T> {
  const dataDir = dataDirOf(options.data, context.env);
  if (existsSync(handlePath(dataDir))) {
    const hub = await findHubs({ data: dataDir, url: undefined }, context).then(
      ([first]) => first,
      () => undefined,
    );
    if (hub !== undefined) return use(overHttp(hub));
  }
  if (options.data === undefined) await noteElsewhere(context);
  const { openAdmission } = await context.tools();
  const folder = await openAdmission(dataDir, {
    holder: options.command,
    hubName: options.name ?? "",
    host: options.host ?? "127.0.0.1",
    onNote: (note) => context.err.write(`note: ${note}\n`),
  });
  try {
    return await use(direct(folder.api));
  } finally {
    await folder.close();
  }
}

function direct(api: AdmissionApi): AdmissionDoor {
  return {
    home: async () => api.home(),
    createHome: (name) => api.createHome(name),
    invite: (role, minutes) => api.invite(role, minutes),
    invitation: async (id) => api.invitation(id),
    invitations: async () => api.invitations(),
    answerInvitation: (id, digits) => api.answerInvitation(id, digits),
    beginJoining: (invitation, at) => api.beginJoining(invitation, at),
    joining: async () => api.joining(),
    answerJoining: (digits) => api.answerJoining(digits),
    hubNamed: async (hub) => api.hubNamed(hub),
    revoke: (hub, reason, letBack) => api.revoke(hub, reason, letBack),
  };
}

/** Long enough for a TLS handshake with a slow board. Unit: ms. */
const TIMEOUT_MS = 20_000;

function overHttp(hub: HubAddress): AdmissionDoor {
  const post = <T>(path: string, body: unknown): Promise<T> => postJson<T>(hub, path, body, TIMEOUT_MS);
  return {
    home: async () => (await getJson<HomeView | null>(hub, "/api/home")) ?? undefined,
    createHome: (name) => post<HomeView>("/api/home/create", { name }),
    invite: (role, minutes) => post<InvitationView>("/api/invitation/open", { role, minutes }),
    invitation: (id) => getJson<InvitationView>(hub, `/api/invitation${id === undefined ? "" : `?id=${id}`}`),
    invitations: () => getJson<readonly InvitationView[]>(hub, "/api/invitations"),
    answerInvitation: (id, digits) => post<InvitationView>("/api/invitation/answer", { id, digits }),
    beginJoining: (invitation, at) => post<JoiningView>("/api/joining/begin", { invitation, at }),
    joining: async () => (await getJson<JoiningView | null>(hub, "/api/joining")) ?? undefined,
    answerJoining: (digits) => post<JoiningView>("/api/joining/answer", { digits }),
    hubNamed: (target) => getJson<NamedHub>(hub, `/api/hub?name=${encodeURIComponent(target)}`),
    revoke: (target, reason, letBack) =>
      post<RevokedView>("/api/revoke", { hub: target, reason, ...(letBack === true ? { letBack } : {}) }),
  };
}
