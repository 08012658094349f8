/** Rules of accessibility that a page breaks. */
import { AxeBuilder } from "@axe-core/playwright";
import type { Page } from "playwright-core";

/** One line for each element in the page, or in its part `selector`, that breaks a rule of axe. */
export async function violations(page: Page, selector?: string): Promise<string[]> {
  // Of what passes no report is made; the mode without a second page is right for a page without frames.
  const axe = new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ["violations"] });
  const { violations: found } = await (selector === undefined ? axe : axe.include(selector)).analyze();
  return found.flatMap(({ id, nodes }) =>
    nodes.map(({ target, html, failureSummary }) => `${id} ${target.join(" ")}: ${html} ${failureSummary}`),
  );
}
