/** Stale, clean or dirty: what a group's chip and heading say, which change far less often than its values. */
import { useSyncExternalStore } from "react";
import type { GroupName } from "../../../src/spec/register-table.ts";
import type { GroupView, RegisterModel } from "../../model/register-model.ts";

export function useGroupState(model: RegisterModel, name: GroupName): GroupView["state"] {
  const view = model.view(name);
  return useSyncExternalStore(view.subscribe, () => view.get().state);
}
