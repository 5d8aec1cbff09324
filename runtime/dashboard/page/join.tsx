/** Joining a home with an invitation of one of its owners. */
import { useState } from "preact/hooks";
import type { JoiningView } from "../../core/admission.js";
import { joinProblemWords } from "../../core/admission-words.js";
import type { ApiProblem } from "../../core/status.js";
import { post, problemIn } from "./api.js";
import { Problem, ShowDigits } from "./digits.js";
import { usePolling } from "./polling.js";

/** The inviter is looked for on the network, and both work out a key. */
const BEGIN_TIMEOUT_MS = 60_000;

interface JoinProps {
  /** What the hub was at when the page was loaded. */
  readonly found: JoiningView | undefined;
  /** The home may have changed. */
  readonly done: () => void;
}

export function Join({ found, done }: JoinProps) {
  const [joining, setJoining] = useState(found);
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const isUnderWay = joining?.state === "compare" || joining?.state === "waiting";
  usePolling<JoiningView | null>(isUnderWay ? "/api/joining" : undefined, (view) => setJoining(view ?? undefined));
  const send = async (path: string, body: unknown) => {
    setBusy(true);
    setProblem(undefined);
    await post<JoiningView>(path, body, BEGIN_TIMEOUT_MS).then(setJoining, (error: unknown) =>
      setProblem(problemIn(error)),
    );
    setBusy(false);
  };
  const close = async () => {
    // Without digits: the hub forgets what was refused, so that it is told once.
    if (joining?.state === "refused") await post("/api/joining/answer", {}).catch(() => undefined);
    done();
  };
  return (
    <div aria-live="polite">
      <Problem problem={problem} />
      {!joining && <CodeForm isBusy={isBusy} begin={(order) => void send("/api/joining/begin", order)} done={done} />}
      {joining && isUnderWay && (
        <UnderWay joining={joining} isBusy={isBusy} answer={(body) => void send("/api/joining/answer", body)} />
      )}
      {joining?.state === "joined" && (
        <p class="card-note">
          This hub is in <strong>{joining.homeName}</strong> now.
        </p>
      )}
      {joining?.state === "refused" && (
        <p class="card-problem">It did not come about: {joinProblemWords(joining.problem)}.</p>
      )}
      {joining && !isUnderWay && (
        <div class="buttons">
          <button type="button" class="button" onClick={() => void close()}>
            {joining.state === "joined" ? "Done" : "Close"}
          </button>
        </div>
      )}
    </div>
  );
}

/** The person at the inviting hub types what is shown here; only that hub can say whether it is right. */
function UnderWay(props: {
  readonly joining: JoiningView;
  readonly isBusy: boolean;
  readonly answer: (body: { readonly digits?: string }) => void;
}) {
  const { joining, isBusy, answer } = props;
  const { digits, homeName, state } = joining;
  return (
    <fieldset class="compare" aria-label="Compare the digits">
      <p>
        The home is called <strong>{homeName}</strong>. Type these digits at the hub that invites:
      </p>
      <ShowDigits digits={digits} />
      <p>{state === "compare" ? "Does it say that they are right?" : "Waiting for the hub that invites…"}</p>
      <div class="buttons">
        {state === "compare" && (
          <button type="button" class="button button-main" disabled={isBusy} onClick={() => answer({ digits })}>
            Yes, join
          </button>
        )}
        <button type="button" class="button" disabled={isBusy} onClick={() => answer({})}>
          Break it off
        </button>
      </div>
    </fieldset>
  );
}

interface Order {
  readonly invitation: string;
  readonly at?: string;
}

function CodeForm(props: {
  readonly isBusy: boolean;
  readonly begin: (order: Order) => void;
  readonly done: () => void;
}) {
  const [invitation, setInvitation] = useState("");
  const [at, setAt] = useState("");
  const submit = (event: Event) => {
    event.preventDefault();
    const where = at.trim();
    props.begin({ invitation: invitation.trim(), ...(where !== "" && { at: where }) });
  };
  return (
    <form class="form" onSubmit={submit}>
      <label>
        Three words, or the address in the QR code
        <input
          value={invitation}
          maxLength={512}
          required
          onInput={(event) => setInvitation(event.currentTarget.value)}
        />
      </label>
      <label>
        Where the inviting hub is, if it is not found
        <input
          value={at}
          maxLength={100}
          placeholder="192.168.1.20:41234"
          onInput={(event) => setAt(event.currentTarget.value)}
        />
      </label>
      <div class="buttons">
        <button type="submit" class="button button-main" disabled={props.isBusy}>
          {props.isBusy ? "Looking for it…" : "Join"}
        </button>
        <button type="button" class="button" onClick={props.done}>
          Close
        </button>
      </div>
    </form>
  );
}
