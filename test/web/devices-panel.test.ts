/** Devices: the map of the board, a device's bits, interrupt sources, and the queues of the bundled Linux's virtio devices. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { violations } from "./accessibility.ts";
import { PageUnderTest } from "./machine-page.ts";

let site: PageUnderTest;

beforeAll(async () => {
  site = await PageUnderTest.start();
});
afterAll(() => site.stop());

test("Linux: its serial port, the interrupt that it has enabled, its console's queue", async () => {
  const visit = await site.open("?machine=linux&layout=kernel");
  const { page } = visit;
  await visit.line(/^vitrine:~#/);
  await visit.press("Pause");
  await visit.state(/^Paused/);
  await page.getByRole("tab", { name: "Devices" }).click();
  const panel = page.getByRole("region", { name: "Devices", exact: true });
  const map = panel.getByRole("navigation", { name: "Memory map" });
  await map.getByRole("button", { name: /uart0/ }).waitFor();
  // From the lowest address to the highest.
  const addresses = (await map.locator(".map-address").allInnerTexts()).map((text) => BigInt(text));
  expect(addresses[0]).toBe(0x1000n);
  expect(addresses.at(-1)).toBe(0x8000_0000n);
  expect(addresses.every((address, index) => index === 0 || address > (addresses[index - 1] as bigint))).toBe(true);

  // The hart's own interrupts: it waits for the timer, with interrupts off as in every idle loop.
  const own = panel.getByRole("table", { name: "Interrupts of CPU 0" });
  await expect
    .poll(() => own.locator("tbody th").allInnerTexts())
    .toEqual([
      "machine external interrupt",
      "machine software interrupt",
      "machine timer interrupt",
      "supervisor external interrupt",
      "supervisor software interrupt",
      "supervisor timer interrupt",
    ]);
  const timer = async () => (await own.locator('tr[data-cause="5"] td').allInnerTexts()).slice(1, 3);
  await expect.poll(timer).toEqual(["■ yes", "S-mode"]);

  await map.getByRole("button", { name: /plic/ }).click();
  const serial = panel.locator('tr[data-source="8"] td');
  await expect
    .poll(() => serial.allInnerTexts())
    .toEqual(["Console", "□ low", "□ no", "□ no", "1", "□ off", "■ enabled"]);

  await map.getByRole("button", { name: /uart0/ }).click();
  const device = panel.getByRole("article", { name: "uart0" });
  const state = (name: string) => device.locator(`tr[data-state="${name}"]`);
  await expect.poll(() => state("LSR").locator("td").first().innerText()).toBe("0x60");
  await expect.poll(() => state("LSR").locator("b").allInnerTexts()).toEqual(["THRE", "TEMT"]);
  await expect.poll(() => state("LCR").innerText()).toContain("WLS 8 bits");
  await device.getByText(/^Registers as a driver finds them/).click();
  await device.getByText("Line status", { exact: true }).waitFor();

  await map.getByRole("button", { name: /virtio7 Console/ }).click();
  // Queue 1 is what the guest has printed: buffers that the device only reads.
  const queue = panel.getByRole("region", { name: "Queue 1" });
  await queue.getByText(/^The driver has put in \d+, the device has given back \d+/).waitFor();
  const done = queue.getByRole("table", { name: "Given back last" });
  await expect.poll(() => done.locator("tbody tr").first().locator("td").last().innerText()).toBe("");
  await queue.getByText("No buffer waits for the device.").waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  expect(await violations(page, ".devices")).toEqual([]);
  await queue
    .getByRole("button", { name: /^0x0000/ })
    .first()
    .click();
  await page.getByRole("region", { name: "Memory", exact: true }).waitFor();
  expect(visit.errors).toEqual([]);
  await visit.close();
});
