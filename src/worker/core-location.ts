/** Where the compiled cores lie. */

/** Address of the core of a target. Bundlers know this form of it and bring the file along. */
export function coreLocation(target: string): string {
  return new URL(`../../build/core-${target}.wasm`, import.meta.url).href;
}
