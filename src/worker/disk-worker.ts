/** The web worker that reads or commits a disk which no machine has. */
import * as Comlink from "comlink";
import { type BlockBackend, type ProgressListener, SECTOR_BYTES } from "../host/backends/block.ts";
import { openDisk } from "../host/backends/open-disks.ts";
import type { DiskOptions } from "../host/machine-types.ts";
import { pagePlatform } from "./page-platform.ts";

export class DiskServer {
  private disk: BlockBackend | null = null;

  /** Answers how many bytes it has. */
  async open(options: DiskOptions): Promise<number> {
    this.disk = await openDisk("disk", options, pagePlatform);
    return Number(this.disk.sectors) * SECTOR_BYTES;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (this.disk === null) throw new Error("this worker has no disk");
    return this.disk.read(BigInt(offset / SECTOR_BYTES), length);
  }

  async commit(onProgress: ProgressListener): Promise<void> {
    if (this.disk?.commit === undefined) throw new Error("this worker has no disk whose changes are kept");
    await this.disk.commit(onProgress);
  }

  async close(): Promise<void> {
    await this.disk?.close();
  }
}

Comlink.expose(new DiskServer());
