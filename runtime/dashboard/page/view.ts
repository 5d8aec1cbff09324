/** Which view is open, by the address's fragment: the page itself has one address. */
import { useEffect, useState } from "preact/hooks";

export type View = "home" | "mesh" | "replay";

export function useView(): View {
  const [view, setView] = useState(viewOf);
  useEffect(() => {
    const onChange = () => setView(viewOf);
    addEventListener("hashchange", onChange);
    return () => removeEventListener("hashchange", onChange);
  }, []);
  return view;
}

function viewOf(): View {
  const name = location.hash.slice(1);
  return name === "mesh" || name === "replay" ? name : "home";
}
