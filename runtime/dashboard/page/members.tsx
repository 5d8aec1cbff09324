/** Who is in the home, where each hub stands, and, on an owner's page, the way to put one out. */
import { useEffect, useState } from "preact/hooks";
import type { RevokedView } from "../../core/admission.js";
import type { MemberListing, Presence } from "../../core/home-registry.js";
import type { HubId } from "../../core/ids.js";
import type { ApiProblem } from "../../core/status.js";
import { post, problemIn, request } from "./api.js";
import { Dot } from "./bits.js";
import { Problem } from "./digits.js";
import { formatDuration } from "./format.js";

const PRESENCES = {
  self: { text: "this hub", tone: "good" },
  here: { text: "here", tone: "good" },
  away: { text: "away", tone: "idle" },
  elsewhere: { text: "in another cell", tone: "good" },
} as const satisfies Record<Presence, { readonly text: string; readonly tone: string }>;

export function Members({ owner, done }: { readonly owner: boolean; readonly done: () => void }) {
  const [members, setMembers] = useState<readonly MemberListing[]>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [asked, setAsked] = useState<HubId>();
  const [isBusy, setBusy] = useState(false);
  const refresh = () =>
    request<readonly MemberListing[]>("/api/members").then(setMembers, (error: unknown) =>
      setProblem(problemIn(error)),
    );
  useEffect(() => void refresh(), []);
  const putOut = async (hub: HubId) => {
    setBusy(true);
    setProblem(undefined);
    await post<RevokedView>("/api/revoke", { hub }).then(
      () => setMembers(members?.filter((member) => member.hub !== hub)),
      (error: unknown) => setProblem(problemIn(error)),
    );
    setAsked(undefined);
    setBusy(false);
  };
  return (
    <div aria-live="polite">
      <Problem problem={problem} />
      <ul class="hub-list" id="members">
        {members?.map((member) => (
          <li class={member.presence === "away" ? "hub-row hub-row-dead" : "hub-row"} key={member.hub}>
            <Dot tone={PRESENCES[member.presence].tone} />
            <span class="hub-row-name" title={member.hub}>
              {member.name || member.hub.slice(0, 8)}
            </span>
            {owner && member.presence !== "self" && asked !== member.hub && (
              <button type="button" class="chip" onClick={() => setAsked(member.hub)}>
                Put out…
              </button>
            )}
            <span class="hub-row-facts">{factsOf(member)}</span>
            {asked === member.hub && (
              <div class="hub-row-facts">
                <p>It goes out everywhere and for ever; it can come back only as a new hub.</p>
                <div class="buttons">
                  <button type="button" class="button" disabled={isBusy} onClick={() => void putOut(member.hub)}>
                    Put it out
                  </button>
                  <button type="button" class="button" disabled={isBusy} onClick={() => setAsked(undefined)}>
                    Keep it
                  </button>
                </div>
              </div>
            )}
          </li>
        ))}
      </ul>
      <div class="buttons">
        <button type="button" class="button" onClick={done}>
          Close
        </button>
      </div>
    </div>
  );
}

function factsOf({ awaySinceWallMs, presence, role, room }: MemberListing): string {
  const since =
    awaySinceWallMs === undefined ? "" : ` for ${formatDuration(Math.max(0, Date.now() - awaySinceWallMs))}`;
  return [`${PRESENCES[presence].text}${since}`, room, role === "owner" && "owner"].filter(Boolean).join(" · ");
}
