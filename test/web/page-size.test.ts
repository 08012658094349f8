// What a first visit loads: the page's own code, the core, and all images until Linux is there.
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { at } from "../../scripts/paths.mjs";
import { serve } from "../../scripts/serve.mjs";
import { launchBrowser, PATIENCE_MS } from "./browser.ts";

test("a first visit stays small", async () => {
  const browser = await launchBrowser();
  const server = await serve({ folder: at("dist", "web") });
  const sizes = new Map<string, Promise<{ type: string; plain: number; packed: number }>>();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    // The context hears of the worker's requests too.
    page.context().on("response", (response) => {
      const measured = response.body().then((body) => ({
        type: /\.(js|css|wasm)$/.exec(new URL(response.url()).pathname)?.[1] ?? "image",
        plain: body.length,
        packed: gzipSync(body).length,
      }));
      // What is under way when the page closes is not asked for any more.
      measured.catch(() => {});
      sizes.set(response.url(), measured);
    });
    const developers: string[] = [];
    page.on("console", (message) => message.text().includes("React DevTools") && developers.push(message.text()));
    await page.goto(server.url);
    await page.getByRole("region", { name: "Terminal" }).waitFor();
    await expect.poll(() => [...sizes.keys()].some((url) => url.includes("initramfs"))).toBe(true);
    const all = await Promise.all(sizes.values());
    const sum = (types: string[], key: "plain" | "packed") =>
      all.filter(({ type }) => types.includes(type)).reduce((total, size) => total + size[key], 0);
    expect(sum(["wasm"], "packed")).toBeGreaterThan(0);
    expect(sum(["wasm"], "packed")).toBeLessThan(150_000);
    expect(sum(["js", "css"], "packed")).toBeLessThan(400_000);
    expect(sum(["js", "css", "wasm", "image"], "plain")).toBeLessThan(8_000_000);
    expect(developers, "React's development version was built in").toEqual([]);
  } finally {
    await browser.close();
    await server.close();
  }
});
