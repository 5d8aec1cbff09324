/** The home that this hub belongs to; its owners invite from here. */
import { useEffect, useState } from "preact/hooks";
import type { HomeView } from "../../core/admission.js";
import { counted } from "../../core/mesh-words.js";
import { request } from "./api.js";
import { Card } from "./bits.js";
import { LazyAnnex } from "./lazy-annex.js";
import type { PageState } from "./store.js";

type Action = "invite" | "join" | "make-home" | "members";

export function HomeCard({ state }: { readonly state: PageState }) {
  const [home, setHome] = useState<HomeView | null>();
  const [action, setAction] = useState<Action>();
  const { phase } = state.connection;
  // A command in a terminal, or another page, may have made a home meanwhile: then the status says so.
  const name = state.status?.home;
  const refresh = () => void request<HomeView | null>("/api/home").then(setHome, () => undefined);
  useEffect(() => {
    if (phase === "open") refresh();
  }, [phase, name]);
  if (home === undefined) return null;
  const done = () => {
    setAction(undefined);
    refresh();
  };
  return (
    <Card id="home" title={home?.name ?? "No home yet"} aside={home && <small class="muted">{home.role}</small>}>
      {home?.problem && <p class="card-problem">This hub’s certificate does not hold: {home.problem}.</p>}
      {!action && <Choices home={home} choose={setAction} />}
      {action === "members" && <LazyAnnex view={action} owner={home?.role === "owner"} done={done} />}
      {action && action !== "members" && <LazyAnnex view={action} root={home?.root ?? false} done={done} />}
    </Card>
  );
}

function Choices({ home, choose }: { readonly home: HomeView | null; readonly choose: (action: Action) => void }) {
  if (home === null) {
    return (
      <>
        <p class="muted card-note">
          A home is the hubs that trust each other. Without one, this hub links with nobody.
        </p>
        <div class="buttons">
          <button type="button" class="button button-main" onClick={() => choose("make-home")}>
            Make a home
          </button>
          <button type="button" class="button" onClick={() => choose("join")}>
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
        {home.role === "owner" && (
          <button type="button" class="button" onClick={() => choose("invite")}>
            Invite a hub
          </button>
        )}
        <button type="button" class="button" onClick={() => choose("members")}>
          Members
        </button>
      </div>
    </>
  );
}
