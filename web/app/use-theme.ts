/** The theme of the page: as the system prefers, until somebody chooses. */
import { useEffect, useSyncExternalStore } from "react";
import type { Theme } from "../model/settings.ts";

const preference = window.matchMedia("(prefers-color-scheme: light)");

function subscribe(listener: () => void): () => void {
  preference.addEventListener("change", listener);
  return () => preference.removeEventListener("change", listener);
}

/** Shows `chosen`, or if it is null what the system prefers, and answers which that is. */
export function useTheme(chosen: Theme | null): Theme {
  const preferred = useSyncExternalStore(subscribe, () => (preference.matches ? "light" : "dark"));
  const theme = chosen ?? preferred;
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return theme;
}
