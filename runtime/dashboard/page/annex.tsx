/** What few visits need, fetched when one does: inviting, joining, and replays of the simulator. */
import { Invite } from "./invite.js";
import { Join } from "./join.js";
import { MakeHome } from "./make-home.js";
import { ReplayView } from "./replay-view.js";

export type AnnexProps =
  | { readonly view: "replay" }
  | {
      readonly view: "invite" | "join" | "make-home";
      /** This hub has the home's root key, and may make owners. */
      readonly root: boolean;
      /** The home may have changed. */
      readonly done: () => void;
    };

export function Annex(props: AnnexProps) {
  switch (props.view) {
    case "replay":
      return <ReplayView />;
    case "invite":
      return <Invite {...props} />;
    case "join":
      return <Join {...props} />;
    case "make-home":
      return <MakeHome {...props} />;
  }
}
