/** What a visit does not need at once, fetched when it does: a sensor or a hub in full, the engine room, answers, inviting, joining, replays of the simulator. */
import type { InvitationView, JoiningView } from "../../core/admission.js";
import { AnswerCard, type AnswerCardProps } from "./answer-card.js";
import { EngineInside } from "./engine-inside.js";
import { HubDetail, type HubDetailProps } from "./hub-detail.js";
import { Invite } from "./invite.js";
import { Join } from "./join.js";
import { MakeHome } from "./make-home.js";
import { Members } from "./members.js";
import { ReplayView } from "./replay-view.js";
import { SensorDetail, type SensorDetailProps } from "./sensor-detail.js";
import type { PageState } from "./store.js";

/** What is done about the home; `found` is what was under way when the page was loaded. */
export type HomeAction =
  | { readonly view: "invite"; readonly found: readonly InvitationView[] }
  | { readonly view: "join"; readonly found: JoiningView | undefined }
  | { readonly view: "make-home" | "members" };

interface HomeActionContext {
  readonly owner: boolean;
  /** This hub has the home's root key, and may make owners. */
  readonly root: boolean;
  /** The home may have changed. */
  readonly done: () => void;
}

export type AnnexProps =
  | { readonly view: "replay" }
  | { readonly view: "engine"; readonly state: PageState }
  | ({ readonly view: "answer" } & AnswerCardProps)
  | ({ readonly view: "hub" } & HubDetailProps)
  | ({ readonly view: "sensor" } & SensorDetailProps)
  | (HomeAction & HomeActionContext);

export function Annex(props: AnnexProps) {
  switch (props.view) {
    case "replay":
      return <ReplayView />;
    case "engine":
      return <EngineInside {...props} />;
    case "answer":
      return <AnswerCard {...props} />;
    case "hub":
      return <HubDetail {...props} />;
    case "sensor":
      return <SensorDetail {...props} />;
    case "invite":
      return <Invite {...props} />;
    case "join":
      return <Join {...props} />;
    case "members":
      return <Members {...props} />;
    case "make-home":
      return <MakeHome {...props} />;
  }
}
