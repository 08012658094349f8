/** The tours through machines of a target; none if nobody has made any. */
import type { Tour } from "./tour.ts";

export async function loadTours(target: string): Promise<readonly Tour[]> {
  try {
    const module: { TOURS: readonly Tour[] } = await import(`./${target}/tours.ts`);
    return module.TOURS;
  } catch {
    return [];
  }
}
