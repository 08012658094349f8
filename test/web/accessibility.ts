/** Rules of accessibility that a page breaks. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

/** Waits until what fades or moves has come to its end. */
function settled(page: Page): Promise<unknown> {
  return page.evaluate(() => {
    const ending = document.getAnimations().filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    return Promise.allSettled(ending.map(({ finished }) => finished)).then(() => {});
  });
}

/** One line for each element in the page, or in its part `selector`, that breaks a rule of axe. */
export async function violations(page: Page, selector?: string): Promise<string[]> {
  await settled(page);
  // Of what passes no report is made; the mode without a second page is right for a page without frames.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });
  const { violations: found } = await (selector === undefined ? axe : axe.include(selector)).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html, failureSummary }) => `${id} ${target.join(" ")}: ${html} ${failureSummary}`),
  );
}
