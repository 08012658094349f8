/** Disks: what is read stays as it was, and where images come from. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { memoryDisk } from "../../../src/host/backends/memory-disk.ts";
import { virtioDevices } from "../../../src/host/virtio-slots.ts";
import { nodePlatform } from "../../../src/worker/node-adapter.ts";

test("what a disk in memory has answered does not change with later writes", async () => {
  const disk = memoryDisk("disk 0", new Uint8Array(1024).fill(1), false);
  const read = await disk.read(1n, 512);
  await disk.write(1n, new Uint8Array(512).fill(2));
  expect(read).toEqual(new Uint8Array(512).fill(1));
  expect(await disk.read(1n, 512)).toEqual(new Uint8Array(512).fill(2));
});

test("the first disk has the lowest address, so that the guest counts them as the options do", () => {
  const image = new Uint8Array(512);
  const disks = [{ image }, { image, slot: 3 }, { image }];
  const devices = virtioDevices({ target: "any", disks, console: "virtio" }, 8);
  expect(devices.map(({ name, slot }) => [name, slot])).toEqual([
    ["disk 0", 6],
    ["disk 1", 3],
    ["disk 2", 7],
    ["console", 5],
  ]);
  expect(virtioDevices({ target: "any", disks: [{ image }] }, 8)[0]?.slot).toBe(7);
});

test("in Node, too, a disk may come from the web; its changes are forgotten", async () => {
  const server = createServer((request, response) => {
    response.statusCode = request.url === "/disk.img" ? 206 : 404;
    response.setHeader("Content-Range", "bytes 0-1023/1024");
    response.end(new Uint8Array(1024).fill(3));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const disk = await nodePlatform.openDisk(`${base}/disk.img`, false);
    expect(disk.sectors).toBe(2n);
    await disk.write(0n, new Uint8Array(512).fill(4));
    expect(await disk.read(0n, 1024)).toEqual(new Uint8Array(1024).fill(4, 0, 512).fill(3, 512));
    await expect(nodePlatform.openDisk(`${base}/other.img`, true)).rejects.toThrow(
      `${base}/other.img cannot be loaded: 404 Not Found`,
    );
  } finally {
    server.close();
  }
});
