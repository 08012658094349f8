/** What stands behind the devices of a machine besides terminal, screen and disks, and how the core reaches it. */
import { openDisks } from "./backends/open-disks.ts";
import { FLASH_BANKS, Flash } from "./backends/flash.ts";
import { Ports } from "./backends/ports.ts";
import type { CoreExports, DeviceImports } from "./core-instance.ts";
import type { MachineListener, MachineOptions } from "./machine-types.ts";
import type { OutputStream } from "./console-output.ts";
import type { Platform } from "./platform.ts";
import { ShareRequests } from "./share-requests.ts";
import { crc32 } from "./snapshot/crc32.ts";
import { openShares } from "./shares/open-shares.ts";

export class DeviceBackends {
  private constructor(
    readonly ports: Ports,
    readonly shares: ShareRequests,
    readonly flash: Flash,
    private readonly firmware: ReadonlyMap<number, Uint8Array>,
  ) {}

  /**
   * Opens what the options name; the flash's content begins `place` bytes behind RAM. `wake` is called when a shared folder has
   * replied. Throws an Error that names what is wrong; whatever was opened before that is closed.
   */
  static async open(
    options: MachineOptions,
    place: number,
    firmware: ReadonlyMap<number, Uint8Array>,
    platform: Platform,
    listener: MachineListener,
    wake: () => void,
  ): Promise<DeviceBackends> {
    const ports = new Ports(options);
    const { flash: banks = [], shares = [] } = options;
    if (banks.length > FLASH_BANKS) throw new RangeError(`flash: the board has ${FLASH_BANKS} banks`);
    const present = banks.flatMap((bank) => (bank === null ? [] : [bank]));
    const images = await openDisks(present, platform, "flash image");
    try {
      const rest = [...images];
      const flash = new Flash(
        banks.map((bank) => (bank === null ? null : rest.shift()!)),
        place,
        (text) => listener({ kind: "notice", text }),
      );
      return new DeviceBackends(ports, new ShareRequests(await openShares(shares, platform), wake), flash, firmware);
    } catch (error) {
      for (const image of images) await image.close();
      throw error;
    }
  }

  /** The guest's output at ports. */
  outputs(listener: MachineListener): OutputStream[] {
    return this.ports.all.map(({ number, backend }) => ({
      from: backend,
      send: (bytes) => listener({ kind: "port", port: number, bytes }),
    }));
  }

  imports(memory: WebAssembly.Memory): DeviceImports {
    const { ports, shares, flash, firmware } = this;
    const bytes = new Uint8Array(memory.buffer);
    // Pointers above 2 GiB reach JavaScript as negative numbers.
    const view = (ptr: number, length: number) => bytes.subarray(ptr >>> 0, (ptr >>> 0) + (length >>> 0));
    return {
      portOutBytes: (port, ptr, length) => ports.at(port)?.backend.emit(view(ptr, length)),
      portAvailable: (port) => ports.at(port)?.backend.available ?? 0,
      portTake: (port, ptr, max) => ports.at(port)?.backend.take(view(ptr, max)) ?? 0,
      portName: (port, ptr, max) => {
        const name = new TextEncoder().encode(ports.at(port)?.name ?? "").subarray(0, max);
        view(ptr, max).set(name);
        return name.length;
      },
      shareConfig: (share, offset) => shares.configuration(share, offset),
      shareBegin: (share, tag, length, room) => shares.begin(share, tag, length >>> 0, room >>> 0),
      sharePut: (share, tag, ptr, length) => shares.put(share, tag, view(ptr, length)),
      shareStart: (share, tag) => shares.start(share, tag),
      shareReply: (share, tag) => shares.reply(share, tag),
      shareGet: (share, tag, offset, ptr, length) => view(ptr, length).set(shares.get(share, tag, offset, length)),
      shareEnd: (share, tag) => shares.end(share, tag),
      shareReset: (share) => shares.reset(share),
      firmwareItemBytes: (key) => firmware.get(key)?.length ?? 0,
      firmwareItemCopy: (key, offset, ptr, length) => {
        const item = firmware.get(key) ?? new Uint8Array(0);
        view(ptr, length).set(item.subarray(offset >>> 0, (offset >>> 0) + (length >>> 0)));
      },
      flashWritten: (bank, offset, length) => flash.written(bank, offset, length),
    };
  }

  configure(core: CoreExports): void {
    for (const { index, place, image } of this.flash.banks) core.configureFlash(index, place, image?.readOnly ? 1 : 0);
  }

  /** CRC-32 over all items of the firmware configuration. */
  get firmwareChecksum(): number {
    return [...this.firmware].reduce((sum, [key, item]) => (sum ^ Math.imul(crc32(item), 2 * key + 1)) >>> 0, 0);
  }

  async close(): Promise<void> {
    await this.shares.close();
    await this.flash.close();
  }
}
