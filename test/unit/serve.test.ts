// The static server of `npm start`: headers, types, ranges, and what it must not give away.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { portFromEnvironment, serve } from "../../scripts/serve.mjs";

const folder = mkdtempSync(join(tmpdir(), "vitrine-serve-"));
const site = join(folder, "site");
let server: Awaited<ReturnType<typeof serve>>;

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** Sends the path as it is: fetch would take out "..". */
function get(path: string, headers: Record<string, string> = {}, method = "GET", port = server.port): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const call = request({ host: "127.0.0.1", port, path, method, headers }, (response) => {
      let body = "";
      response.setEncoding("latin1").on("data", (text) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    call.on("error", reject);
    call.end();
  });
}

beforeAll(async () => {
  mkdirSync(join(site, "cores"), { recursive: true });
  writeFileSync(join(site, "index.html"), "<p>page</p>");
  writeFileSync(join(site, "cores", "core.wasm"), "0123456789");
  writeFileSync(join(site, "empty.js"), "");
  writeFileSync(join(folder, "secret.txt"), "secret");
  symlinkSync(join(folder, "secret.txt"), join(site, "link.txt"));
  server = await serve({ folder: site });
});

afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

describe("static server", () => {
  test("isolates the page and allows no foreign script", async () => {
    const { status, headers, body } = await get("/");
    expect([status, body, headers["content-type"]]).toEqual([200, "<p>page</p>", "text/html; charset=utf-8"]);
    expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
    expect(headers["cross-origin-embedder-policy"]).toBe("require-corp");
    expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
    expect(headers["content-security-policy"]).toBe(
      "script-src 'self' 'wasm-unsafe-eval'; object-src 'none'; base-uri 'none'",
    );
  });

  test("names the type of wasm, without which it cannot be compiled while it loads", async () => {
    expect((await get("/cores/core.wasm")).headers["content-type"]).toBe("application/wasm");
  });

  test.each([
    ["bytes=0-3", 206, "0123", "bytes 0-3/10"],
    ["bytes=7-", 206, "789", "bytes 7-9/10"],
    ["bytes=-2", 206, "89", "bytes 8-9/10"],
    ["bytes=8-99", 206, "89", "bytes 8-9/10"],
    ["bytes=10-", 416, "No such range.\n", "bytes */10"],
    ["bytes=-0", 416, "No such range.\n", "bytes */10"],
    ["bytes=5-2", 416, "No such range.\n", "bytes */10"],
    ["bytes=0-1,4-5", 200, "0123456789", undefined],
    ["lines=1-2", 200, "0123456789", undefined],
  ])("range %s", async (range, status, body, contentRange) => {
    const answer = await get("/cores/core.wasm", { Range: range });
    expect([answer.status, answer.body, answer.headers["content-range"]]).toEqual([status, body, contentRange]);
  });

  test.each([
    "/../secret.txt",
    "/%2e%2e/secret.txt",
    "/cores/..%2f..%2fsecret.txt",
    "/..%5csecret.txt",
    "/link.txt",
    "/cores",
    "/cores/",
    "/nothing",
    "/%",
    "/index.html%00.txt",
  ])("%s is not found", async (path) => {
    const { status, body } = await get(path);
    expect([status, body]).toEqual([404, "Not found.\n"]);
  });

  test("HEAD has no body, an empty file is empty, other methods are refused", async () => {
    const head = await get("/", {}, "HEAD");
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "11"]);
    expect(await get("/empty.js")).toMatchObject({ status: 200, body: "", headers: { "content-length": "0" } });
    expect((await get("/", {}, "POST")).status).toBe(405);
  });

  test("a file that has not changed is not sent again", async () => {
    const tag = (await get("/")).headers.etag as string;
    expect(await get("/", { "If-None-Match": tag })).toMatchObject({ status: 304, body: "" });
  });

  test("under a prefix, without isolation, as a plain static host", async () => {
    const plain = await serve({ folder: site, prefix: "/some/where/", isolate: false });
    const inside = await get("/some/where/", {}, "GET", plain.port);
    const outside = await get("/index.html", {}, "GET", plain.port);
    await plain.close();
    expect([inside.status, outside.status]).toEqual([200, 404]);
    expect(inside.headers["cross-origin-opener-policy"]).toBeUndefined();
  });

  test("a busy port is an error that names it", async () => {
    await expect(serve({ folder: site, port: server.port })).rejects.toThrow(`Port ${server.port} is in use`);
  });

  test.each(["x", "-1", "65536", "80.5"])("PORT=%s is refused", (port) => {
    process.env.PORT = port;
    try {
      expect(() => portFromEnvironment()).toThrow(`PORT is "${port}"`);
    } finally {
      delete process.env.PORT;
    }
  });

  test("PORT is 5173 if not set", () => {
    expect(portFromEnvironment()).toBe(5173);
  });
});
