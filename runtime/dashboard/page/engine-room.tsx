/** Folded away, and fetched when it is opened: for whoever looks for a cause. */
import { useState } from "preact/hooks";
import { LazyAnnex } from "./lazy-annex.js";
import type { PageState } from "./store.js";

export function EngineRoom({ state }: { readonly state: PageState }) {
  const [open, setOpen] = useState(false);
  if (!state.status) return null;
  return (
    <details class="card engine" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        <h2>Engine room</h2>
      </summary>
      {open && <LazyAnnex view="engine" state={state} />}
    </details>
  );
}
