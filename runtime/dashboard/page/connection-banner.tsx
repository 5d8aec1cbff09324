/** Shown while the page has no hub to talk to: what happened, and what comes next. */
import type { Connection } from "./store.js";

export function ConnectionBanner(props: {
  readonly connection: Connection;
  readonly nowMs: number;
  readonly retryNow: () => void;
}) {
  const { connection } = props;
  if (connection.phase === "refused") {
    return (
      <div class="banner" role="alert">
        <p>
          <strong>This page’s token is no longer valid.</strong> Run <code>mindos status</code> on the hub and open the
          address that it prints.
        </p>
      </div>
    );
  }
  if (connection.phase !== "lost") return null;
  const seconds = Math.max(1, Math.ceil((connection.retryAtMs - props.nowMs) / 1000));
  return (
    <div class="banner">
      {/* The countdown is not announced: a screen reader would never fall silent. */}
      <p role="alert">
        <strong>The connection to the hub is lost.</strong> What you see is the last that was heard.
      </p>
      <span class="banner-retry">Trying again in {seconds} s</span>
      <button type="button" class="button" onClick={props.retryNow}>
        Try now
      </button>
    </div>
  );
}
