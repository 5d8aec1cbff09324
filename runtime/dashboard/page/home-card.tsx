/** The home that this hub belongs to; its owners invite from here. */
import { useEffect, useState } from "preact/hooks";
import { type HomeView, type InvitationView, isWaiting, type JoiningView } from "../../core/admission.js";
import { homeProblemOf } from "../../core/home-problem.js";
import { counted } from "../../core/mesh-words.js";
import type { HomeAction } from "./annex.js";
import { request } from "./api.js";
import { Card } from "./bits.js";
import { capitalise } from "./format.js";
import { LazyAnnex } from "./lazy-annex.js";
import type { PageState } from "./store.js";

export function HomeCard({ state }: { readonly state: PageState }) {
  const [home, setHome] = useState<HomeView | null>();
  const [action, setAction] = useState<HomeAction>();
  const { phase } = state.connection;
  // A command in a terminal, or another page, may have made a home meanwhile, or invited.
  const name = state.status?.home;
  const refresh = async () => {
    setHome(await request<HomeView | null>("/api/home"));
    const underWay = await actionUnderWay();
    setAction((current) => current ?? underWay);
  };
  useEffect(() => {
    if (phase === "open") refresh().catch(() => undefined);
  }, [phase, name, state.invitations]);
  if (home === undefined) return null;
  const done = () => {
    setAction(undefined);
    refresh().catch(() => undefined);
  };
  const isOwner = home?.role === "owner";
  return (
    <Card id="home" title={home?.name ?? "No home yet"} aside={home && <small class="muted">{home.role}</small>}>
      {home?.problem && <p class="card-problem">{capitalise(homeProblemOf(home.problem).what)}.</p>}
      {action && <LazyAnnex key={action.view} {...action} owner={isOwner} root={home?.root === true} done={done} />}
      {(!action || action.view === "invite") && <Choices home={home} isInviting={!!action} choose={setAction} />}
    </Card>
  );
}

/** What this hub waits for, wherever it was begun: the page may have been loaded anew meanwhile. */
async function actionUnderWay(): Promise<HomeAction | undefined> {
  const waiting = (await request<readonly InvitationView[]>("/api/invitations")).filter(isWaiting);
  if (waiting.length > 0) return { view: "invite", found: waiting };
  const joining = await request<JoiningView | null>("/api/joining");
  return joining && joining.state !== "joined" ? { view: "join", found: joining } : undefined;
}

function Choices(props: {
  readonly home: HomeView | null;
  /** That choice is taken. */
  readonly isInviting: boolean;
  readonly choose: (action: HomeAction) => void;
}) {
  const { home, isInviting, choose } = props;
  if (home === null) {
    return (
      <>
        <p class="muted card-note">
          A home is the hubs that trust each other. Without one, this hub links with nobody.
        </p>
        <div class="buttons">
          <button type="button" class="button button-main" onClick={() => choose({ view: "make-home" })}>
            Make a home
          </button>
          <button type="button" class="button" onClick={() => choose({ view: "join", found: undefined })}>
            Join with a code
          </button>
        </div>
      </>
    );
  }
  return (
    <>
      {home.revoked.length > 0 && <p class="muted card-note">{counted(home.revoked.length, "hub")} put out of it.</p>}
      {home.role !== "owner" && <p class="muted card-note">Hubs are invited on an owner’s page.</p>}
      <div class="buttons">
        {home.role === "owner" && !isInviting && (
          <button type="button" class="button" onClick={() => choose({ view: "invite", found: [] })}>
            Invite a hub
          </button>
        )}
        <button type="button" class="button" onClick={() => choose({ view: "members" })}>
          Members
        </button>
      </div>
    </>
  );
}
