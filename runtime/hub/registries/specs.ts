/** The registries of a home: their numbers, bounds, and who may write what. PROTOCOL.md, Registries. */
import type { HubId } from "../../core/ids.js";
import type { StateEntry } from "../../core/messages-state.js";
import type { RegistrySpec } from "../../mesh/state/registries.js";
import { STATE_VALUE_BYTES_MAX } from "../../wire/messages/state.js";
import { advertContent, type ContentCodec, memberContent, settingContent } from "../../wire/registry-entry.js";
import type { EntryAuthority } from "./authority.js";
import { isSettingKey } from "./setting-names.js";

export const MEMBERS = "members";
export const ADVERTS = "adverts";
export const SETTINGS = "settings";

/** A home of more hubs lists those of the lowest positions. Each costs a hub about 2 kB of memory and 0.7 kB of disk. */
const MEMBERS_MAX = 1024;
/** A cell's hubs at most, and as many that have just left it. */
const ADVERTS_MAX = 512;
/** A name and a room for each member, and the home's name. Those of hubs long gone, and what was taken back, are among them: of more all
 *  hubs keep those of the lowest positions. */
const SETTINGS_MAX = 2 * MEMBERS_MAX + 1;
/** Two certificates with their heads (616), COSE_Sign1 (77), a name (122) and four addresses (72 each), and the records around. */
const MEMBER_BYTES_MAX = 1152;
/** The same without addresses. */
const SETTING_ENTRY_BYTES_MAX = 864;
/** What a registry counts beside a value: a key of up to 64 bytes and 24 more. */
const ENTRY_OVERHEAD_BYTES = 88;
/** A setting that was taken back is remembered for as long as a member's certificate lives: whoever was away for longer is let in
 *  anew, and brings nothing along. Unit: ms. */
const TAKEN_BACK_MS = 730 * 86_400_000;

/** @param wallMs this hub's wall clock. */
export function registrySpecs(authority: EntryAuthority, wallMs: () => number): readonly RegistrySpec[] {
  return [
    {
      ...{ number: 1, name: MEMBERS, kind: "lww", scope: "everyone", stamps: "version", whenFull: "lowest" },
      ...bounds(MEMBERS_MAX, MEMBER_BYTES_MAX),
      ...ofItself(authority, memberContent),
    },
    {
      ...{ number: 2, name: ADVERTS, kind: "lww", scope: "cell", stamps: "version", whenFull: "lowest" },
      ...bounds(ADVERTS_MAX, STATE_VALUE_BYTES_MAX),
      ...ofItself(authority, advertContent, (advert, hub) => advert.hub === hub),
      hubOf: ({ key }) => key as HubId,
    },
    {
      ...{ number: 3, name: SETTINGS, kind: "lww", scope: "everyone", stamps: "hlc", whenFull: "lowest" },
      ...bounds(SETTINGS_MAX, SETTING_ENTRY_BYTES_MAX),
      ...ofOwners(authority, wallMs),
    },
  ];
}

function bounds(entriesMax: number, valueBytesMax: number) {
  // The bytes never bind before the number does: what there is no room for would differ from hub to hub.
  return { entriesMax, bytesMax: entriesMax * (valueBytesMax + ENTRY_OVERHEAD_BYTES), valueBytesMax };
}

/** The key is the writer's own id. */
function ofItself<T>(
  authority: EntryAuthority,
  codec: ContentCodec<T>,
  fits: (value: T, hub: HubId) => boolean = () => true,
): Pick<RegistrySpec, "accept" | "holds"> {
  return {
    accept: (entry) =>
      authority.refusalOfOwn(entry, ({ content, hub }) => {
        const value = codec.read(content);
        return value === undefined || !fits(value, hub) ? "malformed" : undefined;
      }),
    holds: (entry) => !("problem" in authority.openOwn(entry)),
  };
}

function ofOwners(authority: EntryAuthority, wallMs: () => number): Pick<RegistrySpec, "accept" | "holds"> {
  const isForgotten = (entry: StateEntry, value: string | undefined): boolean =>
    value === undefined && entry.major < wallMs() - TAKEN_BACK_MS;
  return {
    accept: (entry) =>
      authority.refusalOfOwners(entry, (opened) => {
        const content = settingContent.read(opened.content);
        if (content === undefined || !isSettingKey(entry.key)) return "malformed";
        return isForgotten(entry, content.value) ? "oldTombstone" : undefined;
      }),
    holds: (entry) => {
      const opened = authority.openOwners(entry);
      if ("problem" in opened || authority.isOfTheFuture(entry)) return false;
      return !isForgotten(entry, settingContent.read(opened.content)?.value);
    },
  };
}
