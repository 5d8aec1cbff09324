/** Which hub a command talks to: the one named, else the machine's own, else one of a running swarm. */
import { existsSync } from "node:fs";
import { MindosError } from "../core/errors.js";
import type { CommandContext, Option } from "./command.js";
import { addressFromUrl, addressOf, type HubAddress } from "./hub-client.js";
import { dataDirOf, handlePath, readSwarmRecord, swarmPath } from "./places.js";
import { elsewhereWords, runningElsewhere } from "./running-hubs.js";

/** The options of every command that talks to a hub. */
export const HUB_OPTIONS = {
  data: { type: "text", value: "DIR", completes: "folder", description: "The data folder of the hub to talk to." },
  url: {
    type: "text",
    value: "URL",
    description: "The hub's page address, as it prints it at its start; without the token in it, $MINDOS_TOKEN counts.",
  },
} as const satisfies Record<string, Option>;

interface Wanted {
  readonly data: string | undefined;
  readonly url: string | undefined;
}

/** @returns at least one; the first that answers is the one to ask. @throws MindosError HUB_NOT_RUNNING | BAD_USAGE */
export async function findHubs(
  { data, url }: Wanted,
  context: Pick<CommandContext, "env" | "tools">,
): Promise<HubAddress[]> {
  if (url !== undefined) return [addressFromUrl(url, context.env["MINDOS_TOKEN"])];
  const { env } = context;
  const own = dataDirOf(data, env);
  const folders = [own];
  if (data === undefined)
    folders.push(...((await readSwarmRecord(swarmPath(env)))?.hubs.map((hub) => hub.dataDir) ?? []));
  // Most often there is none: then the other rooms need not be loaded.
  const taken = folders.filter((folder) => existsSync(handlePath(folder)));
  if (taken.length > 0) {
    const { readHandle } = await context.tools();
    const handles = await Promise.all(taken.map((folder) => readHandle(folder)));
    const addresses = handles.flatMap((handle) => (handle === undefined ? [] : [addressOf(handle)]));
    if (addresses.length > 0) return addresses;
  }
  const elsewhere = elsewhereWords(await runningElsewhere(folders, context));
  const swarm = data === undefined && elsewhere === "" ? ", and no swarm of this user" : "";
  throw new MindosError("HUB_NOT_RUNNING", `no hub runs in ${own}${swarm}${elsewhere}`);
}

/** For commands that work on a data folder when no hub runs there: one may run in another, and have been meant. */
export async function noteElsewhere(context: Pick<CommandContext, "env" | "err" | "tools">): Promise<void> {
  const own = dataDirOf(undefined, context.env);
  const elsewhere = elsewhereWords(await runningElsewhere([own], context));
  if (elsewhere !== "") context.err.write(`note: no hub runs in ${own}${elsewhere} (--data names another folder)\n`);
}

/** Tries one hub after the other while they turn out not to run.
 *  @throws what the last one threw */
export async function withFirstHub<T>(hubs: readonly HubAddress[], use: (hub: HubAddress) => Promise<T>): Promise<T> {
  let last: unknown = new MindosError("HUB_NOT_RUNNING", "no hub to ask");
  for (const hub of hubs) {
    try {
      return await use(hub);
    } catch (error) {
      if (!(error instanceof MindosError && error.code === "HUB_NOT_RUNNING")) throw error;
      last = error;
    }
  }
  throw last;
}
