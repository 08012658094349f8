/** The theme that the system prefers, also when it changes its mind. */
import { useSyncExternalStore } from "react";

const preference = window.matchMedia("(prefers-color-scheme: light)");

function subscribe(listener: () => void): () => void {
  preference.addEventListener("change", listener);
  return () => preference.removeEventListener("change", listener);
}

export function usePreferredTheme(): "dark" | "light" {
  return useSyncExternalStore(subscribe, () => (preference.matches ? "light" : "dark"));
}
