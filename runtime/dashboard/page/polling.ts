/** Asks the hub again and again while something is under way there. */
import { useEffect } from "preact/hooks";
import { request } from "./api.js";

/** A person does not notice; a hub hardly either. Unit: ms. */
const POLL_MS = 700;

/** @param path undefined: nothing is asked. A hub that does not answer is asked again. */
export function usePolling<T>(path: string | undefined, take: (value: T) => void): void {
  useEffect(() => {
    if (path === undefined) return;
    let isOver = false;
    let timer: number | undefined;
    const ask = async () => {
      const value = await request<T>(path).catch(() => undefined);
      if (isOver) return;
      if (value !== undefined) take(value);
      timer = setTimeout(ask, POLL_MS);
    };
    timer = setTimeout(ask, POLL_MS);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [path]);
}
