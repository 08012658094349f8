/** Whether two answers of the machine say the same, so that what is on show can stay. */

/** Of numbers, texts, bytes, and lists, maps and plain objects of them; anything else is the same only as itself. */
export function isSameData(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return false;
  if (Array.isArray(a) || ArrayBuffer.isView(a)) {
    const [x, y] = [a as readonly unknown[], b as readonly unknown[]];
    return x.length === y.length && x.every((each, index) => isSameData(each, y[index]));
  }
  if (a instanceof Map) {
    const other = b as ReadonlyMap<unknown, unknown>;
    return a.size === other.size && [...a].every(([key, value]) => other.has(key) && isSameData(value, other.get(key)));
  }
  if (Object.getPrototypeOf(a) !== Object.prototype) return false;
  const [x, y] = [a as Record<string, unknown>, b as Record<string, unknown>];
  const keys = Object.keys(x);
  return (
    keys.length === Object.keys(y).length && keys.every((key) => Object.hasOwn(y, key) && isSameData(x[key], y[key]))
  );
}
