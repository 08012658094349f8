/** Errors of the sync keep their code, group and register on their way out of a worker. */
import { expect, test } from "vitest";
import { SyncError } from "../../src/sync/errors.ts";
import { SYNC_EREJECT } from "../../src/spec/abi.ts";

/** What Comlink makes of a thrown error: name, message and stack of a plain Error. */
function crossed(error: Error): Error {
  return Object.assign(new Error(error.message), { name: error.name });
}

test.each([
  [SyncError.fromCore(SYNC_EREJECT, "CORE", "pc"), "CORE", "pc"],
  [new SyncError("ENOTSUP", { group: "VEC" }), "VEC", undefined],
  [new SyncError("EBUSY"), undefined, undefined],
  [new SyncError("EINVAL", { sentence: "no register is named r9: try r8" }), undefined, undefined],
])("%s", (error, group, register) => {
  const revived = SyncError.revive(crossed(error));
  expect(revived).toBeInstanceOf(SyncError);
  expect(revived).toMatchObject({ code: error.code, group, register, message: error.message });
});

test("other errors stay what they are", () => {
  for (const error of [new Error("ENOENT: no such file"), new RangeError("x"), "text", new SyncError("EBUSY")]) {
    expect(SyncError.revive(error)).toBe(error);
  }
});

test("messages name what and where", () => {
  expect(SyncError.fromCore(SYNC_EREJECT, "CORE", "pc").message).toBe(
    "EREJECT CORE.pc: the value is not possible in the state that the put would make; nothing was applied",
  );
});
