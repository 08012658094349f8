/** A machine that boots from scratch can be opened at its prompt, from the snapshot that the page's build made. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

test("the gallery opens Linux at its prompt; without the snapshot it boots, and the page says so", async () => {
  const visit = await site.open("?machine=hello");
  const { page } = visit;
  await page.getByRole("button", { name: "Machines", exact: true }).click();
  await page.getByRole("button", { name: /^At its prompt\s*:\s*Linux\s*·/ }).click();
  await visit.line(/^vitrine:~#/);
  expect(new URL(page.url()).search).toBe("?machine=linux&start=prompt");
  await visit.type("clear; echo $((40+2)) answers\n");
  await visit.line(/^42 answers$/);
  await page.route("**/prompt.vitrine", (route) => route.fulfill({ status: 404, body: "no" }));
  await page.reload();
  await page
    .locator(".status-notice")
    .getByText("It starts from the beginning: guests/linux/prompt.vitrine cannot be loaded: 404 Not Found")
    .waitFor();
  await visit.line(/^vitrine:~#/);
  await visit.close();
});
