/** Disks of the page: what a guest writes survives a reload, and what goes wrong is said in words. */
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type MachinePage, PageUnderTest } from "./machine-page.ts";

const PROMPT = /^vitrine:~#$/;
const MIB = 1 << 20;
/** The first MiB of the disk is that of a program that the guest has. */
const SAME = "cmp -n 1048576 /bin/busybox /dev/vda && echo same-$((1+1))";
let site: PageUnderTest;
let folder: string;

beforeAll(async () => {
  site = await PageUnderTest.start();
  folder = mkdtempSync(join(tmpdir(), "vitrine-disks-"));
});
afterAll(async () => {
  await site.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Bytes that tell where they are from. */
function numbered(sectors: number): Buffer {
  return Buffer.concat(Array.from({ length: sectors }, (_, n) => Buffer.from(`sector ${n}\n`.padEnd(512, "."))));
}

async function machines(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Machines", exact: true }).click();
}

/** From a machine without a prompt, so that a prompt is the new one's. */
async function start(page: Page, title: RegExp): Promise<void> {
  await page.getByRole("dialog", { name: "Machines" }).getByRole("button", { name: title }).click();
}

/** Types a command for the guest's shell, and waits for its end; answers what its last line was. */
async function shell(visit: MachinePage, command: string, pattern: RegExp): Promise<RegExpExecArray> {
  await visit.line(PROMPT);
  await visit.type(`clear; ${command}\n`);
  return visit.line(pattern);
}

/** The machine of the page answers at its prompt, in a page that has been opened or loaded again. */
async function prompt(visit: MachinePage): Promise<void> {
  await visit.state(/^Running/);
  await visit.line(PROMPT);
}

/** Notes from now on at which places the button is that saves a disk of the machine. */
async function watchSaveButton(page: Page): Promise<void> {
  await page.evaluate(() => {
    const places = new Set<string>();
    Object.assign(window, { places });
    const look = () => {
      const buttons = [...document.querySelectorAll("section[aria-label='Disks of this machine'] button")];
      const rectangle = buttons.find(({ textContent }) => textContent === "Save image")?.getBoundingClientRect();
      if (rectangle !== undefined) places.add(`${rectangle.x} ${rectangle.y}`);
      requestAnimationFrame(look);
    };
    look();
  });
}

async function saveButtonPlaces(page: Page): Promise<number> {
  return page.evaluate(() => (window as unknown as { places: Set<string> }).places.size);
}

async function noticeOf(visit: MachinePage, pattern: RegExp): Promise<void> {
  await visit.page.locator(".status-notice").getByText(pattern).waitFor();
}

test("a blank disk keeps what the guest has written over a reload, is refused to a second tab, and is discarded on demand", async () => {
  const visit = await site.open("?machine=hello");
  const { page } = visit;
  // What has been written just now may not be known to be safe yet.
  page.on("dialog", (dialog) => void dialog.accept());
  await machines(page);
  await page.getByLabel("Add a blank disk").selectOption("64");
  await start(page, /^Linux\b(?! with)/);
  await shell(
    visit,
    "mke2fs -q /dev/vda > /dev/null; mkdir -p /mnt; mount /dev/vda /mnt && echo ready-$((1+1))",
    /^ready-2$/,
  );
  await shell(visit, "echo 'it was kept' > /mnt/note; sync; echo synced-$((1+1))", /^synced-2$/);
  const link = page.url();
  expect(new URL(link).search).toMatch(/^\?machine=linux&disk=kept%2Cblank-disk-of-64-mib-[0-9a-f]{6}$/);

  // A second tab: refused in words, and the first one is none the worse for it.
  const second = await page.context().newPage();
  await second.goto(link);
  await second.getByText(/disk 0: its changes are open in another tab: close that tab/).waitFor();
  await machines(second);
  const kept = second.getByRole("region", { name: "Kept disks" });
  await kept.getByText(/^\d+ MiB of changes since /).waitFor();
  await second.getByText(/The browser has refused to keep this for good/).waitFor();
  await kept.getByRole("button", { name: "Discard…" }).click();
  await kept.getByRole("button", { name: "Delete" }).click();
  await second.getByText(/It is in use: close the machine that has it/).waitFor();
  await second.close();

  await page.reload();
  await prompt(visit);
  await shell(visit, "mkdir -p /mnt; mount /dev/vda /mnt; cat /mnt/note", /^it was kept$/);

  // Another machine lets go of it.
  await page.getByRole("combobox", { name: "Machine" }).selectOption("hello");
  await visit.line(/^s1 = 1, squared 1$/);
  await machines(page);
  const list = page.getByRole("region", { name: "Kept disks" });
  await list.getByRole("button", { name: "Discard…" }).click();
  await list.getByRole("button", { name: "Keep them" }).click();
  await list.getByRole("button", { name: "Discard…" }).click();
  await list.getByRole("button", { name: "Delete" }).click();
  await page.getByText("The changes to Blank disk of 64 MiB are gone.").waitFor();
  await list.waitFor({ state: "detached" });
  await visit.goTo(new URL(link).search);
  await page.getByText(/is kept in this browser: it is left out/).waitFor();
  expect(visit.errors).toEqual([]);
  await visit.close();
});

test("a file: its changes are kept or forgotten, leaving asks, images are saved, and a file that has changed is an I/O error", async () => {
  const path = join(folder, "numbered.img");
  writeFileSync(path, numbered((4 * MIB) / 512));
  const visit = await site.blank();
  const { page } = visit;
  // Without these a browser offers a download, and cannot write to the file.
  await page.addInitScript(() =>
    Object.assign(window, { showSaveFilePicker: undefined, showOpenFilePicker: undefined }),
  );
  await visit.goTo("?machine=hello");
  await machines(page);
  await page.getByLabel("Disk image to add").setInputFiles(path);
  await page.getByLabel("What becomes of changes to numbered.img").selectOption("forget");
  await start(page, /^Linux\b(?! with)/);
  await shell(visit, "dd if=/dev/vda bs=512 skip=4711 count=1 2> /dev/null | head -n 1", /^sector 4711$/);
  const asked: string[] = [];
  page.on("dialog", (dialog) => {
    asked.push(dialog.type());
    void dialog.accept();
  });
  await page.reload();
  // Nothing has been written.
  expect(asked).toEqual([]);
  await prompt(visit);
  // The address cannot name a file that nobody keeps: the disk is gone.
  await shell(visit, "cat /proc/partitions | grep -c vda", /^0$/);

  await visit.goTo("?machine=hello");
  await machines(page);
  await page.getByLabel("Disk image to add").setInputFiles(path);
  await start(page, /^Linux\b(?! with)/);
  await shell(
    visit,
    "echo changed | dd of=/dev/vda bs=512 seek=4711 conv=sync,fsync 2> /dev/null; echo synced-$((1+1))",
    /^synced-2$/,
  );
  await watchSaveButton(page);
  await machines(page);
  await page.getByText("This browser lets no page write to a file of yours: Save image makes a new file").waitFor();
  expect(await page.getByRole("button", { name: "Write to file…" }).count()).toBe(0);
  // How much there is becomes known a moment later; who was about to click by then must not miss the button.
  await page.getByText(/^\d+ KiB of changes, kept in this browser$/).waitFor();
  expect(await saveButtonPlaces(page)).toBe(1);
  const saving = page.waitForEvent("download");
  await page.getByRole("region", { name: "Disks of this machine" }).getByRole("button", { name: "Save image" }).click();
  const image = readFileSync(await (await saving).path());
  const expected = numbered((4 * MIB) / 512);
  expected.fill(0, 4711 * 512, 4712 * 512).write("changed\n", 4711 * 512);
  expect(image.equals(expected)).toBe(true);
  await page.keyboard.press("Escape");
  // The image itself is as it was.
  expect(readFileSync(path).equals(numbered((4 * MIB) / 512))).toBe(true);

  await page.reload();
  await page.getByText("its changes are kept, its image is a file of yours").waitFor();
  expect(await page.getByRole("button", { name: "Start Linux", exact: true }).isDisabled()).toBe(true);
  await page.getByLabel("Image of numbered.img").setInputFiles(path);
  await page.getByRole("button", { name: "Start Linux", exact: true }).click();
  await shell(visit, "dd if=/dev/vda bs=512 skip=4711 count=1 2> /dev/null | head -n 1", /^changed$/);

  appendFileSync(path, Buffer.alloc(512));
  await shell(visit, "dd if=/dev/vda of=/dev/null bs=512 skip=1000 count=1 2>&1 | tail -n 1", /Input\/output error$/);
  await noticeOf(visit, /numbered\.img has changed or is gone since it was chosen: choose it again/);
  await visit.close();
});

test("what would be lost with the page: leaving it asks", async () => {
  const path = join(folder, "small.img");
  writeFileSync(path, numbered(2048));
  const visit = await site.open("?machine=hello");
  const { page } = visit;
  await machines(page);
  await page.getByLabel("Disk image to add").setInputFiles(path);
  await page.getByLabel("What becomes of changes to small.img").selectOption("forget");
  await start(page, /^Linux\b(?! with)/);
  await shell(visit, "echo lost | dd of=/dev/vda conv=fsync 2> /dev/null; echo written-$((1+1))", /^written-2$/);
  let kinds: string[] = [];
  page.on("dialog", (dialog) => {
    kinds.push(dialog.type());
    void dialog.accept();
  });
  // The page learns of it within a second or so.
  await expect
    .poll(async () => {
      kinds = [];
      await page.evaluate(() => {
        const event = new Event("beforeunload", { cancelable: true });
        (globalThis as { asked?: boolean }).asked = !window.dispatchEvent(event);
      });
      return page.evaluate(() => (globalThis as { asked?: boolean }).asked);
    })
    .toBe(true);
  // Another machine in its place asks too.
  await page.getByRole("combobox", { name: "Machine" }).selectOption("hello");
  const asked = page.getByRole("dialog", { name: "Unsaved disks" });
  await asked.getByText("small.img is kept nowhere").waitFor();
  await asked.getByRole("button", { name: "Stay" }).click();
  await asked.waitFor({ state: "detached" });
  await page
    .getByRole("combobox", { name: "Machine" })
    .getByText(/^Linux$/)
    .waitFor({ state: "attached" });
  expect(kinds).toEqual([]);
  await page.reload();
  expect(kinds).toEqual(["beforeunload"]);
  await visit.close();
});

test("a browser without room for more: an I/O error for the guest, a message, and all that was flushed is there", async () => {
  const visit = await site.blank();
  const { page } = visit;
  // Firefox asks the visitor whether a page may keep things for good; this one never answers.
  await page.addInitScript(() => Object.assign(StorageManager.prototype, { persist: () => new Promise(() => {}) }));
  await visit.goTo("?machine=hello");
  await machines(page);
  await page.getByLabel("Add a blank disk").selectOption("64");
  await start(page, /^Linux\b(?! with)/);
  await shell(
    visit,
    "dd if=/bin/busybox of=/dev/vda bs=64k count=16 conv=fsync 2> /dev/null; echo kept-$((1+1))",
    /^kept-2$/,
  );
  const devtools = await page.context().newCDPSession(page);
  const origin = new URL(page.url()).origin;
  await devtools.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 4 * MIB });
  await shell(
    visit,
    "for i in 2 4 6 8; do dd if=/bin/busybox of=/dev/vda bs=1M seek=$i conv=fsync 2>&1; done | grep -m 1 -o 'Input/output error'",
    /^Input\/output error$/,
  );
  await noticeOf(visit, /the browser has no room for more\. What the guest has flushed is safe/);
  await shell(visit, SAME, /^same-2$/);
  await devtools.send("Storage.overrideQuotaForOrigin", { origin });
  page.on("dialog", (dialog) => void dialog.accept());
  await page.reload();
  await prompt(visit);
  await shell(visit, SAME, /^same-2$/);
  await shell(
    visit,
    "dd if=/bin/busybox of=/dev/vda bs=4096 seek=700 count=1 conv=fsync 2> /dev/null; echo late-$?",
    /^late-0$/,
  );
  await visit.close();
});

/** In the page: `picked.img` is what its picker answers, and permissions are what the test says. */
async function picksByHandle(page: Page, content: Buffer): Promise<void> {
  await page.addInitScript(() => {
    const prototype = FileSystemFileHandle.prototype as unknown as Record<string, unknown>;
    const allowed = () => (sessionStorage.getItem("allowed") ?? "").split(" ");
    Object.assign(prototype, {
      queryPermission: async ({ mode }: { mode: string }) => (allowed().includes(mode) ? "granted" : "prompt"),
      requestPermission: async ({ mode }: { mode: string }) => {
        const asked = sessionStorage.getItem("asked") ?? "";
        sessionStorage.setItem("asked", `${asked} ${mode}`);
        return navigator.userActivation.isActive && allowed().includes(`ask-${mode}`) ? "granted" : "denied";
      },
    });
    Object.assign(window, {
      showOpenFilePicker: async () => [await (await navigator.storage.getDirectory()).getFileHandle("picked.img")],
    });
  });
  await page.goto(page.url());
  await writePicked(page, content);
}

async function writePicked(page: Page, content: Buffer): Promise<void> {
  await page.evaluate(async (base64) => {
    const root = await navigator.storage.getDirectory();
    const file = await (await root.getFileHandle("picked.img", { create: true })).createWritable();
    await file.write(Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0)));
    await file.close();
  }, content.toString("base64"));
}

async function readPicked(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const bytes = new Uint8Array(await (await (await root.getFileHandle("picked.img")).getFile()).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  });
  return Buffer.from(base64, "base64");
}

async function allow(page: Page, permissions: string): Promise<void> {
  await page.evaluate((words) => sessionStorage.setItem("allowed", words), permissions);
}

test("a file by its handle: it is found again after a reload, and its changes are written into it", async () => {
  const visit = await site.open("?machine=hello");
  const { page } = visit;
  page.on("dialog", (dialog) => void dialog.accept());
  const expected = numbered(2048);
  await picksByHandle(page, expected);
  await machines(page);
  await page.getByRole("button", { name: "Add a file…" }).click();
  await page.getByRole("list", { name: "Disks of the next machine" }).getByText("picked.img").waitFor();
  await start(page, /^Linux\b(?! with)/);
  const change = (text: string, sector: number) =>
    shell(
      visit,
      `echo ${text} | dd of=/dev/vda bs=512 seek=${sector} conv=sync,fsync 2> /dev/null; echo ${text}-$((1+1))`,
      new RegExp(`^${text}-2$`),
    );
  await change("first", 1500);
  expected.fill(0, 1500 * 512, 1501 * 512).write("first\n", 1500 * 512);

  // After a reload it is one click; the browser's refusal is said.
  await page.reload();
  const again = page.getByRole("dialog", { name: "Disks of this link" });
  await again.getByText("picked.img (1 MiB): its changes are kept; the browser may ask").waitFor();
  await again.getByRole("button", { name: "Start Linux", exact: true }).click();
  await again.getByText("Reading picked.img was not allowed: allow it, or choose the file again").waitFor();
  await allow(page, "ask-read");
  await again.getByRole("button", { name: "Start Linux", exact: true }).click();
  expect(await page.evaluate(() => sessionStorage.getItem("asked"))).toMatch(/^ read read$/);
  await shell(visit, "dd if=/dev/vda bs=512 skip=1500 count=1 2> /dev/null | head -n 1", /^first$/);

  // While the machine runs: refused at first, and the file is as it was.
  await machines(page);
  const attached = page.getByRole("region", { name: "Disks of this machine" });
  const write = async (row: typeof attached): Promise<void> => {
    await row.getByRole("button", { name: "Write to file…" }).click();
    await row.getByRole("button", { name: "Write to file", exact: true }).click();
  };
  await write(attached);
  await page
    .getByText(/^The changes to picked\.img are kept as they were, .* writing picked\.img was not allowed$/)
    .waitFor();
  expect((await readPicked(page)).equals(numbered(2048))).toBe(true);
  await allow(page, "ask-read ask-readwrite");
  await page.evaluate(() => {
    const said = new Set<string>();
    Object.assign(window, { said });
    const look = () => {
      for (const { textContent } of document.querySelectorAll("dialog [role=status]")) said.add(textContent ?? "");
    };
    new MutationObserver(look).observe(document.body, { childList: true, characterData: true, subtree: true });
  });
  await write(attached);
  await page.getByText("picked.img has the changes to picked.img now; none are kept beside it any more.").waitFor();
  expect((await readPicked(page)).equals(expected)).toBe(true);
  expect(await page.evaluate(() => [...(window as unknown as { said: Set<string> }).said])).toEqual(
    [0, 100].map((percent) => `Writing the changes to picked.img into its file … ${percent} %`),
  );
  await attached.getByText("no changes, kept in this browser").waitFor();
  await page.keyboard.press("Escape");
  // The guest has the same disk, also where it has not looked before, and goes on writing.
  await shell(visit, "dd if=/dev/vda bs=512 skip=900 count=1 2> /dev/null | head -n 1", /^sector 900$/);
  await change("second", 10);
  expect((await readPicked(page)).equals(expected)).toBe(true);
  expected.fill(0, 10 * 512, 11 * 512).write("second\n", 10 * 512);

  // And when no machine has it.
  await page.getByRole("combobox", { name: "Machine" }).selectOption("hello");
  await visit.line(/^s1 = 1, squared 1$/);
  await machines(page);
  const kept = page.getByRole("region", { name: "Kept disks" });
  await write(kept);
  await page.getByText("picked.img has the changes to picked.img now").waitFor();
  expect((await readPicked(page)).equals(expected)).toBe(true);
  await kept.getByText(/^no changes since /).waitFor();

  // Another file in its place, of the same size: seen when it is opened, before the guest is.
  await writePicked(page, numbered(2048));
  await kept.getByRole("button", { name: "Use" }).click();
  await start(page, /^Hello/);
  await page
    .getByText(/overlay picked-img-[0-9a-f]{6} belongs to another disk image, or its image has changed since/)
    .waitFor();
  await page.getByRole("combobox", { name: "Machine" }).selectOption("hang");
  await visit.state(/^Running/);
  await machines(page);
  await writePicked(page, numbered(2049));
  await kept.getByRole("button", { name: "Use" }).click();
  await page
    .getByText(/picked\.img \(2 MiB\) is not the image of picked\.img: that is a file of 1048576 bytes/)
    .waitFor();
  await page.evaluate(async () => (await navigator.storage.getDirectory()).removeEntry("picked.img"));
  await kept.getByRole("button", { name: "Use" }).click();
  await page.getByText("picked.img is not where it was: put it back, or choose it again").waitFor();
  expect(visit.errors).toEqual([]);
  await visit.close();
});
