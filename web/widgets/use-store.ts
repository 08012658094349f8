/** A component's view of a store. */
import { useSyncExternalStore } from "react";

interface Watchable<T> {
  readonly get: () => T;
  readonly subscribe: (listener: () => void) => () => void;
}

export function useStore<T>(store: Watchable<T>): T {
  return useSyncExternalStore(store.subscribe, store.get);
}
