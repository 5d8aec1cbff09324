/** The invitations that are open on this hub: a QR code and three words, then the six digits that the new hub shows. */
import { useEffect, useState } from "preact/hooks";
import { type InvitationView, isWaiting } from "../../core/admission.js";
import type { ApiProblem } from "../../core/status.js";
import { post, problemIn } from "./api.js";
import { Problem, TypeDigits } from "./digits.js";
import { usePolling } from "./polling.js";

const MINUTES = 10;

interface InviteProps {
  /** This hub has the home's root key, and may make owners. */
  readonly root: boolean;
  /** Those that waited when the page was loaded; none: a person wants to invite. */
  readonly found: readonly InvitationView[];
  /** The home may have changed. */
  readonly done: () => void;
}

export function Invite({ root, found, done }: InviteProps) {
  const [invitations, setInvitations] = useState(found);
  const [isChoosing, setChoosing] = useState(root && found.length === 0);
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  // Of the hub's list only what this page has seen waiting: how an older one ended is no news.
  const take = (views: readonly InvitationView[]) =>
    setInvitations((known) => views.filter((view) => isWaiting(view) || known.some(({ id }) => id === view.id)));
  usePolling<readonly InvitationView[]>("/api/invitations", take);
  const put = (view: InvitationView) =>
    setInvitations((known) => [...known.filter(({ id }) => id !== view.id), view].sort((a, b) => a.id - b.id));
  const send = async (path: string, body: unknown, then: (view: InvitationView) => void) => {
    setBusy(true);
    setProblem(undefined);
    await post<InvitationView>(path, body).then(then, (error: unknown) => setProblem(problemIn(error)));
    setBusy(false);
  };
  const open = (role: InvitationView["role"]) => {
    setChoosing(false);
    void send("/api/invitation/open", { role, minutes: MINUTES }, put);
  };
  const answer = (id: number, digits: string) => void send("/api/invitation/answer", { id, digits }, put);
  const another = () => (root ? setChoosing(true) : open("member"));
  // Without a choice to make, there is nothing to wait for.
  useEffect(() => {
    if (found.length === 0) another();
  }, []);
  const waiting = invitations.filter(isWaiting);
  const takeBack = (id: number) =>
    void send("/api/invitation/answer", { id }, () => {
      setInvitations(invitations.filter((view) => view.id !== id));
      if (waiting.length <= 1) done();
    });
  return (
    <div class="invite" aria-live="polite">
      <Problem problem={problem} />
      {invitations.map((view) => (
        <Invitation key={view.id} {...{ view, isBusy, answer, takeBack }} />
      ))}
      {isChoosing && <ChooseRole isBusy={isBusy} open={open} />}
      <div class="buttons">
        {waiting.length > 0 && !isChoosing && (
          <button type="button" class="button" disabled={isBusy} onClick={another}>
            Invite another
          </button>
        )}
        {waiting.length === 0 && (
          <button type="button" class="button" onClick={done}>
            Close
          </button>
        )}
      </div>
    </div>
  );
}

interface InvitationProps {
  readonly view: InvitationView;
  readonly isBusy: boolean;
  readonly answer: (id: number, digits: string) => void;
  readonly takeBack: (id: number) => void;
}

function Invitation({ view, isBusy, answer, takeBack }: InvitationProps) {
  const { id, state, joiner } = view;
  return (
    <section aria-label={`Invitation ${view.code}`}>
      {state === "open" && <Code invitation={view} />}
      {state === "compare" && (
        <TypeDigits isBusy={isBusy} answer={(digits) => answer(id, digits)}>
          <strong>{joiner?.name}</strong> wants to join. Type the six digits that it shows
        </TypeDigits>
      )}
      {state === "agreed" && (
        <p class="card-note">
          The digits are right. Now say yes at <strong>{joiner?.name}</strong>.
        </p>
      )}
      {state === "granted" && (
        <p class="card-note">
          <strong>{joiner?.name}</strong> is in the home now.
        </p>
      )}
      {state === "over" && <p class="card-note">This invitation is over.</p>}
      {isWaiting(view) && (
        <div class="buttons">
          <button type="button" class="button" disabled={isBusy} onClick={() => takeBack(id)}>
            Take it back
          </button>
        </div>
      )}
    </section>
  );
}

function ChooseRole(props: { readonly isBusy: boolean; readonly open: (role: InvitationView["role"]) => void }) {
  return (
    <>
      <p class="muted card-note">An owner’s hub may invite others, and put them out.</p>
      <div class="buttons">
        <button type="button" class="button button-main" disabled={props.isBusy} onClick={() => props.open("member")}>
          As a member
        </button>
        <button type="button" class="button" disabled={props.isBusy} onClick={() => props.open("owner")}>
          As an owner
        </button>
      </div>
    </>
  );
}

function Code({ invitation }: { readonly invitation: InvitationView }) {
  const { code, url, qr, role, expiresWallMs } = invitation;
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.round((expiresWallMs - nowMs) / 1000));
  const left = seconds >= 90 ? `${Math.round(seconds / 60)} minutes` : `${seconds} seconds`;
  const until = new Date(expiresWallMs).toTimeString().slice(0, 5);
  return (
    <>
      <Qr rows={qr} label={`QR code of ${url}`} />
      <p class="card-note">On the new hub:</p>
      <p class="words">
        <code>mindos join {code}</code>
      </p>
      <p class="muted card-note">
        For one hub{role === "owner" && ", as an owner"}, for {left}, until {until}. Waiting for it…
      </p>
    </>
  );
}

/** @param props.rows of "1" (dark) and "0", quiet zone included; always dark on light, as readers expect. */
function Qr({ rows, label }: { readonly rows: readonly string[]; readonly label: string }) {
  const path = rows.flatMap((row, y) =>
    [...row.matchAll(/1+/g)].map(({ index, 0: run }) => `M${index} ${y}h${run.length}v1h-${run.length}z`),
  );
  return (
    <svg
      class="qr"
      viewBox={`0 0 ${rows.length} ${rows.length}`}
      role="img"
      aria-label={label}
      shape-rendering="crispEdges"
    >
      <rect width={rows.length} height={rows.length} fill="#fff" />
      <path d={path.join("")} fill="#000" />
    </svg>
  );
}
