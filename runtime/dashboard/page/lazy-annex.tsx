/** Fetches `annex.tsx` when it is first needed, and shows it. */
import { useEffect, useState } from "preact/hooks";
import type { AnnexProps } from "./annex.js";

type Annex = typeof import("./annex.js")["Annex"];

export function LazyAnnex(props: AnnexProps) {
  const [loaded, setLoaded] = useState<{ readonly Annex?: Annex; readonly failed?: boolean }>({});
  useEffect(() => {
    import("./annex.js").then(setLoaded, () => setLoaded({ failed: true }));
  }, []);
  const { Annex, failed } = loaded;
  if (Annex) return <Annex {...props} />;
  return (
    <p class="muted card-note">{failed ? "This part of the page could not be fetched. Try again." : "One moment…"}</p>
  );
}
