/** Images: gzip, sizes, and errors that name what could not be loaded. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { ImageLoader, unpackImage } from "../../../src/host/images.ts";
import { nodePlatform } from "../../../src/worker/node-adapter.ts";

const plain = new TextEncoder().encode("guest ".repeat(1000));

test("gzip'd images are unpacked, others left alone", async () => {
  const packed = { name: "kernel", bytes: new Uint8Array(gzipSync(plain)) };
  expect((await unpackImage(packed, 6000)).bytes).toEqual(plain);
  expect((await unpackImage({ name: "kernel", bytes: plain }, 1)).bytes).toBe(plain);
});

test("an image that unpacks to more than it may is refused", async () => {
  const packed = { name: "kernel k", bytes: new Uint8Array(gzipSync(plain)) };
  await expect(unpackImage(packed, 5999)).rejects.toThrow(
    "kernel k: unpacks to more than the 5999 bytes that it may have",
  );
});

test("truncated and damaged gzip data are named", async () => {
  const whole = new Uint8Array(gzipSync(plain));
  await expect(unpackImage({ name: "kernel k", bytes: whole.subarray(0, 30) }, 1e6)).rejects.toThrow(
    /^kernel k: damaged gzip data: /,
  );
  const damaged = whole.slice();
  damaged[damaged.length - 6] ^= 0xff;
  await expect(unpackImage({ name: "kernel k", bytes: damaged }, 1e6)).rejects.toThrow(
    /^kernel k: damaged gzip data: /,
  );
});

test.each([
  ["another stream", gzipSync("more")],
  ["zeros", new Uint8Array(8)],
])("%s behind the gzip stream are refused, as some hosts' decompressors do", async (_, more) => {
  const bytes = new Uint8Array(Buffer.concat([gzipSync(plain), more]));
  await expect(unpackImage({ name: "kernel k", bytes }, 1e6)).rejects.toThrow(
    "kernel k: damaged gzip data: there is more behind the end of the stream",
  );
});

test("a missing file is named with its role", async () => {
  const loader = new ImageLoader(nodePlatform, () => {});
  await expect(loader.load("initrd", "/nowhere/at/all")).rejects.toThrow(
    "initrd: /nowhere/at/all: there is no such file",
  );
});

test("progress of several images is added up", async () => {
  const seen: [number, number][] = [];
  const platform = {
    ...nodePlatform,
    read: async (address: string, onProgress: (loaded: number, total: number) => void) => {
      onProgress(1, Number(address));
      onProgress(Number(address), Number(address));
      return new Uint8Array(Number(address));
    },
  };
  const loader = new ImageLoader(platform, (loaded, total) => seen.push([loaded, total]));
  await loader.load("kernel", "10");
  await loader.load("initrd", "5");
  expect(seen).toEqual([
    [1, 10],
    [10, 10],
    [11, 15],
    [15, 15],
  ]);
});

test("over HTTP: bytes with progress, and errors that name address and status", async () => {
  const server = createServer((request, response) => {
    if (request.url === "/whole") response.end(plain);
    else if (request.url === "/broken") {
      response.writeHead(200, { "content-length": "100" });
      response.write("half", () => request.socket.destroy());
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const seen: [number, number][] = [];
    const loader = new ImageLoader(nodePlatform, (loaded, total) => seen.push([loaded, total]));
    expect((await loader.load("kernel", `${base}/whole`)).bytes).toEqual(plain);
    expect(seen.at(-1)).toEqual([6000, 6000]);
    await expect(loader.load("kernel", `${base}/x`)).rejects.toThrow(
      `kernel: ${base}/x cannot be loaded: 404 Not Found`,
    );
    await expect(loader.load("kernel", `${base}/broken`)).rejects.toThrow(`kernel: ${base}/broken broke off after `);
  } finally {
    server.close();
  }
  await expect(new ImageLoader(nodePlatform, () => {}).load("kernel", `${base}/whole`)).rejects.toThrow(
    `kernel: ${base}/whole cannot be loaded: `,
  );
});
