/** A folder of the visitor's in the bundled Linux: picked, and handed over file by file where none can be picked. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

const MOUNT = "mount -t 9p -o trans=virtio,version=9p2000.L,ro shared /mnt";
const folder = join(mkdtempSync(join(tmpdir(), "vitrine-folder-")), "papers");
let tested: PageUnderTest;

beforeAll(async () => {
  mkdirSync(join(folder, "sub"), { recursive: true });
  writeFileSync(join(folder, "sub/a.txt"), "from outside");
  writeFileSync(join(folder, "b.txt"), "b");
  tested = await PageUnderTest.start();
});

afterAll(async () => {
  await tested?.stop();
  rmSync(join(folder, ".."), { recursive: true, force: true });
});

/** Opens the bundled Linux with the folder that has been chosen, and reads it there. */
async function readInGuest(page: MachinePage): Promise<void> {
  const sheet = page.page.getByRole("dialog", { name: "Machines" });
  await expect.poll(() => sheet.getByText(MOUNT).isVisible()).toBe(true);
  await sheet
    .getByRole("button", { name: /^Linux/ })
    .first()
    .click();
  await page.line(/vitrine:~#/);
  await page.type(`${MOUNT}; cat /mnt/sub/a.txt; echo; ls /mnt; echo x > /mnt/new || echo refused\n`);
  await page.line(/^from outside$/);
  await page.line(/^b\.txt +sub$/);
  await page.line(/^refused$/);
  expect(page.errors).toEqual([]);
}

async function openSheet(page: MachinePage): Promise<void> {
  await page.page.getByRole("button", { name: "Machines", exact: true }).click();
}

test("a folder that is handed over", async () => {
  const page = await tested.blank();
  await page.page.addInitScript(() => {
    delete (window as { showDirectoryPicker?: unknown }).showDirectoryPicker;
  });
  await page.goTo("?machine=hello");
  await openSheet(page);
  await page.page.getByLabel("Folder to share").setInputFiles(folder);
  await expect.poll(() => page.page.getByText("papers", { exact: true }).isVisible()).toBe(true);
  await readInGuest(page);
  await page.close();
});

test("a folder that is picked: a change of it is seen", async () => {
  const page = await tested.open("?machine=hello");
  await page.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const put = async (folder: FileSystemDirectoryHandle, name: string, text: string) => {
      const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await file.write(text);
      await file.close();
    };
    await put(root, "b.txt", "b");
    await put(await root.getDirectoryHandle("sub", { create: true }), "a.txt", "from outside");
    Object.assign(window, { showDirectoryPicker: async () => root, put });
  });
  await openSheet(page);
  await page.page.getByRole("button", { name: "Share a folder…" }).click();
  await readInGuest(page);
  await page.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    await (window as unknown as { put(...args: unknown[]): Promise<void> }).put(root, "later.txt", "came later");
  });
  await page.type("cat /mnt/later.txt; echo\n");
  await page.line(/^came later$/);
  await page.close();
});
