/** What tests of the sync compare: an error's code with the group and register that it names. */
import { SyncError } from "../../src/sync/errors.ts";

export async function codeOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return [error.code, [error.group, error.register].filter(Boolean).join(".")].join(" ");
  }
  return "no error";
}
