/** Save and Load with files, and the meter. */
import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;
let hello: MachinePage;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());
beforeEach(async () => {
  hello = await site.pausedHello();
});
afterEach(async () => {
  expect(hello.errors).toEqual([]);
  await hello.close();
});

interface SavedFile {
  readonly name: string;
  readonly buffer: Buffer;
}

async function save(): Promise<SavedFile> {
  const download = hello.page.waitForEvent("download");
  await hello.page.getByRole("button", { name: "Save", exact: true }).click();
  const file = await download;
  return { name: file.suggestedFilename(), buffer: readFileSync(await file.path()) };
}

async function choose(file: SavedFile): Promise<void> {
  const chooser = hello.page.waitForEvent("filechooser");
  await hello.page.getByRole("button", { name: "Load", exact: true }).click();
  await (await chooser).setFiles({ ...file, mimeType: "application/octet-stream" });
}

const steps = async () => (await hello.state(/after ([\d,]+) instructions/))[1].replaceAll(",", "");

test("a saved machine, with its pending edit applied, goes on from there when it is loaded in another page", async () => {
  const at = await steps();
  await hello.edit("s1", "1000");
  const file = await save();
  expect(file.name).toBe(`hello-${at}.vitrine`);
  await hello.state(/Saved as hello-\d+\.vitrine, [\d,]+ bytes\. The edits of CORE have been applied first\.$/m);
  await hello.row("s1").getByText("edited", { exact: true }).waitFor({ state: "detached" });
  const pc = await hello.value("pc");
  await hello.page.reload();
  await hello.state(/^Paused/);
  await choose(file);
  await hello.state(/is loaded\.$/m);
  const shown = async () => [await steps(), await hello.value("pc"), await hello.value("s1")];
  await expect.poll(shown).toEqual([at, pc, "0x00000000000003e8"]);
  await hello.press("Run");
  await hello.line(/^s1 = 1001, squared 1002001$/);
});

test("a file that is no snapshot, and one of another machine, are refused by name; the machine goes on", async () => {
  const file = await save();
  await choose({ name: "notes.txt", buffer: Buffer.from("no snapshot") });
  await hello.state(/notes\.txt is not loaded, and nothing has changed: this is not a snapshot of a Vitrine machine$/m);
  const damaged = Buffer.from(file.buffer);
  damaged[damaged.length >> 1] ^= 1;
  await choose({ name: "damaged", buffer: damaged });
  await hello.state(/damaged is not loaded, and nothing has changed: damaged snapshot: /m);
  await hello.page.getByRole("combobox", { name: "Machine" }).selectOption("linux");
  await hello.state(/^Running/);
  await choose(file);
  await hello.state(
    /hello-\d+\.vitrine is not loaded, and nothing has changed: the snapshot is of another machine: its /m,
  );
  await hello.state(/^Running/);
});

test("a snapshot that is dropped on the page is loaded", async () => {
  const at = await steps();
  const { name, buffer } = await save();
  await hello.press("Step");
  await expect.poll(steps).not.toBe(at);
  await hello.page.evaluate(
    ({ name, text }) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File([bytes], name));
      const terminal = document.querySelector(".xterm-screen") as Element;
      const options = { dataTransfer, bubbles: true, cancelable: true };
      terminal.dispatchEvent(new DragEvent("dragover", options));
      terminal.dispatchEvent(new DragEvent("drop", options));
    },
    { name, text: buffer.toString("base64") },
  );
  await hello.state(/hello-\d+\.vitrine is loaded\.$/m);
  await expect.poll(steps).toBe(at);
  await expect.poll(() => hello.page.getByText("Drop a snapshot here").count()).toBe(0);
});

test("the meter shows requests by group, beside what all registers would have cost", async () => {
  const meter = hello.page.getByRole("region", { name: "Meter" });
  expect(await meter.isVisible()).toBe(false);
  await hello.panel("Meter");
  const row = async (group: string) => meter.getByRole("row", { name: new RegExp(`^${group} `) }).allInnerTexts();
  await expect.poll(async () => (await row("CORE")).length).toBe(1);
  const figures = (await meter.locator(".client-figures").innerText()).split(/\s*\n\s*/);
  const [, requests, , bytes, word, all] = figures.map((text) => text.replace(/(?<=\d),/g, ""));
  expect(word).toBe("all registers, always");
  expect(Number(all)).toBeGreaterThan(4 * Number(bytes));
  // The size of all groups, as often as something was asked for.
  expect(Number(all) % Number(requests)).toBe(0);
  expect(await row("FP")).toEqual([]);
  await hello.edit("s1", "5");
  await hello.page.getByRole("region", { name: "Group CORE" }).getByText("dirty").waitFor();
  await hello.press("Apply");
  await expect.poll(async () => (await row("CORE"))[0]?.split(/\s+/).at(-1)).toBe("1");
  await hello.panel("Meter");
  await expect.poll(() => meter.isVisible()).toBe(false);
});
