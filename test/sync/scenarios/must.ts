/** Checks for what runs in Node and in a page alike, where there is no test framework. */

/** Throws with both values unless `found` equals `expected` (compared as text; bigints keep their type). */
export function mustBe(found: unknown, expected: unknown, about = ""): void {
  const [a, b] = [text(found), text(expected)];
  if (a !== b) throw new Error(`${about}: ${a} instead of ${b}`);
}

export function must(condition: boolean, about: string): void {
  if (!condition) throw new Error(about);
}

/** The code of the error that `action` throws, with the group and register that it names. */
export async function errorOf(action: () => unknown): Promise<string> {
  try {
    await action();
  } catch (error) {
    return (error as Error).message.split(":")[0] ?? "";
  }
  return "no error";
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? `${part}n` : part));
}
