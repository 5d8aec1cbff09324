/** Joining a home with an invitation of one of its owners. */
import { useState } from "preact/hooks";
import type { JoiningView } from "../../core/admission.js";
import { joinProblemWords } from "../../core/admission-words.js";
import type { ApiProblem } from "../../core/status.js";
import { post, problemIn } from "./api.js";
import { CompareDigits, Problem } from "./digits.js";
import { usePolling } from "./polling.js";

/** The inviter is looked for on the network, and both work out a key. */
const BEGIN_TIMEOUT_MS = 60_000;

export function Join({ done }: { readonly done: () => void }) {
  const [joining, setJoining] = useState<JoiningView>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const [invitation, setInvitation] = useState("");
  const [at, setAt] = useState("");
  usePolling<JoiningView | null>(joining?.state === "waiting" ? "/api/joining" : undefined, (view) =>
    setJoining(view ?? undefined),
  );
  const send = async (path: string, body: unknown) => {
    setBusy(true);
    setProblem(undefined);
    await post<JoiningView>(path, body, BEGIN_TIMEOUT_MS).then(setJoining, (error: unknown) =>
      setProblem(problemIn(error)),
    );
    setBusy(false);
  };
  const begin = (event: Event) => {
    event.preventDefault();
    const where = at.trim();
    void send("/api/joining/begin", { invitation: invitation.trim(), ...(where !== "" && { at: where }) });
  };
  return (
    <div aria-live="polite">
      <Problem problem={problem} />
      {!joining && (
        <form class="form" onSubmit={begin}>
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
            <button type="submit" class="button button-main" disabled={isBusy}>
              {isBusy ? "Looking for it…" : "Join"}
            </button>
            <button type="button" class="button" onClick={done}>
              Close
            </button>
          </div>
        </form>
      )}
      {joining?.state === "compare" && (
        <CompareDigits
          digits={joining.digits}
          isBusy={isBusy}
          answer={(match) => void send("/api/joining/answer", match ? { digits: joining.digits } : {})}
        >
          The home is called <strong>{joining.homeName}</strong>. Does the inviting hub show the same digits?
        </CompareDigits>
      )}
      {joining?.state === "waiting" && <p class="card-note">Now say yes at the inviting hub.</p>}
      {joining?.state === "joined" && (
        <p class="card-note">
          This hub is in <strong>{joining.homeName}</strong> now.
        </p>
      )}
      {joining?.state === "refused" && (
        <p class="card-problem">It did not come about: {joinProblemWords(joining.problem)}.</p>
      )}
      {joining && (
        <div class="buttons">
          <button type="button" class="button" onClick={done}>
            {joining.state === "joined" ? "Done" : "Close"}
          </button>
        </div>
      )}
    </div>
  );
}
