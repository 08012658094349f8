/** Disks: what is read stays as it was, and where images come from. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { memoryStore } from "../../../src/host/backends/byte-store.ts";
import { memoryDisk } from "../../../src/host/backends/memory-disk.ts";
import { openDisk } from "../../../src/host/backends/open-disks.ts";
import { virtioDevices } from "../../../src/host/virtio-slots.ts";
import { nodePlatform } from "../../../src/worker/node-adapter.ts";

test("what a disk in memory has answered does not change with later writes", async () => {
  const disk = memoryDisk("disk 0", new Uint8Array(1024).fill(1), false);
  const read = await disk.read(1n, 512);
  await disk.write(1n, new Uint8Array(512).fill(2));
  expect(read).toEqual(new Uint8Array(512).fill(1));
  expect(await disk.read(1n, 512)).toEqual(new Uint8Array(512).fill(2));
});

test("the first disk has the highest address, where the device tree begins: the guest counts them as the options do", () => {
  const image = new Uint8Array(512);
  const disks = [{ image }, { image, slot: 3 }, { image }];
  const devices = virtioDevices({ target: "any", disks, console: "virtio" }, 8);
  expect(devices.map(({ name, slot }) => [name, slot])).toEqual([
    ["disk 0", 7],
    ["disk 1", 3],
    ["disk 2", 6],
    ["console", 5],
  ]);
});

test("an ISO image is refused where what the guest writes would be kept", async () => {
  const image = new Uint8Array(40 << 10);
  image.set(new TextEncoder().encode("CD001"), 0x8001);
  const message = "is an ISO 9660 image: a guest can read it, but not write: attach it read-only";
  const file = new File([image], "tools.iso");
  const platform = { ...nodePlatform, openStore: async () => memoryStore("changes") };
  await expect(openDisk("disk 0", { image, overlay: "changes" }, platform)).rejects.toThrow(`disk 0 ${message}`);
  await expect(openDisk("disk 0", { image: file, overlay: "changes" }, platform)).rejects.toThrow(
    `tools.iso ${message}`,
  );
  await expect(openDisk("disk 0", { image }, platform)).rejects.toThrow(`disk 0 ${message}`);
  for (const source of [image, file]) {
    for (const access of [{ readOnly: true }, { snapshot: true }]) {
      const disk = await openDisk("disk 0", { image: source, ...access }, platform);
      expect(await disk.read(79n, 512)).toEqual(new Uint8Array(512));
      await disk.close();
    }
  }
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
