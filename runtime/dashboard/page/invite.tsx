/** Inviting one more hub: a QR code and three words, then six digits to compare. */
import { useEffect, useState } from "preact/hooks";
import type { InvitationView } from "../../core/admission.js";
import type { ApiProblem } from "../../core/status.js";
import { post, problemIn } from "./api.js";
import { CompareDigits, Problem } from "./digits.js";
import { usePolling } from "./polling.js";

const MINUTES = 10;

export function Invite({ root, done }: { readonly root: boolean; readonly done: () => void }) {
  const [invitation, setInvitation] = useState<InvitationView>();
  const [problem, setProblem] = useState<ApiProblem>();
  const [isBusy, setBusy] = useState(false);
  const waits = invitation?.state === "open" || invitation?.state === "compare";
  usePolling<InvitationView>(waits ? `/api/invitation?id=${invitation.id}` : undefined, setInvitation);
  const send = async (path: string, body: unknown) => {
    setBusy(true);
    setProblem(undefined);
    await post<InvitationView>(path, body).then(setInvitation, (error: unknown) => setProblem(problemIn(error)));
    setBusy(false);
  };
  const open = (role: "member" | "owner") => void send("/api/invitation/open", { role, minutes: MINUTES });
  // Without a choice to make, there is nothing to wait for.
  useEffect(() => {
    if (!root) open("member");
  }, []);
  const close = async () => {
    if (waits) await post("/api/invitation/answer", { id: invitation.id }).catch(() => undefined);
    done();
  };
  return (
    <div class="invite" aria-live="polite">
      <Problem problem={problem} />
      {!invitation && root && <ChooseRole isBusy={isBusy} open={open} />}
      {invitation?.state === "open" && <Code invitation={invitation} />}
      {invitation?.state === "compare" && invitation.joiner && (
        <CompareDigits
          digits={invitation.joiner.digits}
          isBusy={isBusy}
          answer={(match) =>
            void send("/api/invitation/answer", {
              id: invitation.id,
              ...(match && { digits: invitation.joiner?.digits }),
            })
          }
        >
          <strong>{invitation.joiner.name}</strong> wants to join. Does it show the same digits?
        </CompareDigits>
      )}
      {invitation?.state === "granted" && (
        <p class="card-note">
          <strong>{invitation.joiner?.name}</strong> is in the home once it has said yes too.
        </p>
      )}
      {invitation?.state === "over" && <p class="card-note">This invitation is over.</p>}
      <div class="buttons">
        <button type="button" class="button" onClick={() => void close()}>
          {waits ? "Take it back" : "Close"}
        </button>
      </div>
    </div>
  );
}

function ChooseRole(props: { readonly isBusy: boolean; readonly open: (role: "member" | "owner") => void }) {
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
  const { code, url, qr, expiresWallMs } = invitation;
  const [nowMs, setNowMs] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.round((expiresWallMs - nowMs) / 1000));
  return (
    <>
      <Qr rows={qr} label={`QR code of ${url}`} />
      <p class="card-note">On the new hub:</p>
      <p class="words">
        <code>mindos join {code}</code>
      </p>
      <p class="muted card-note">
        For one hub, for {seconds >= 90 ? `${Math.round(seconds / 60)} minutes` : `${seconds} seconds`}. Waiting for it…
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
