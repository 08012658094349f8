/** The theme of the page: as the system prefers, until somebody chooses. */
import { useEffect } from "react";
import type { Theme } from "../model/settings.ts";
import { usePreferredTheme } from "../widgets/use-preferred-theme.ts";

/** Shows `chosen`, or if it is null what the system prefers, and answers which that is. */
export function useTheme(chosen: Theme | null): Theme {
  const preferred = usePreferredTheme();
  const theme = chosen ?? preferred;
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return theme;
}
