/** Loads the images that a machine's options name, and has its target lay them out in memory. */
import { ImageLoader, type LoadedImage, unpackImage } from "./images.ts";
import type { CheckedOptions } from "./machine-options.ts";
import type { ImageSource, MachineOptions } from "./machine-types.ts";
import type { Platform } from "./platform.ts";
import { firmwareItems } from "./firmware-items.ts";
import type { BootPlan, HostTarget } from "./target.ts";

/** An ELF kernel may carry more debug information than fits RAM. */
const MOST_KERNEL_BYTES = 512 << 20;
const MOST_TREE_BYTES = 1 << 20;
/** An initrd is unpacked here if it then takes no more than this part of RAM: the kernel needs as much again for its files. */
const INITRD_PART_OF_RAM = 8;

/** Throws an Error that names image and address, or image and field. */
export async function loadBootPlan(
  target: HostTarget,
  options: MachineOptions,
  checked: CheckedOptions,
  cpuCount: number,
  platform: Platform,
  onProgress: (loaded: number, total: number) => void,
): Promise<{ readonly boot: BootPlan; readonly firmwareItems: ReadonlyMap<number, Uint8Array> }> {
  const loader = new ImageLoader(platform, onProgress);
  const load = async (role: string, source: ImageSource | undefined, unpackLimit: number) =>
    source === undefined ? null : unpackImage(await loader.load(role, source), unpackLimit);
  const [firmware, kernel, initrd, deviceTree] = await Promise.all([
    load("firmware", options.firmware, checked.memory),
    load("kernel", options.kernel, MOST_KERNEL_BYTES),
    loadInitrd(options.initrd, checked.memory / INITRD_PART_OF_RAM, loader),
    load("device tree", options.deviceTree, MOST_TREE_BYTES),
  ]);
  const files = await Promise.all(
    (options.firmwareFiles ?? []).map(async ({ name, content }) => ({
      name,
      content: (await loader.load(`firmware file ${name}`, content)).bytes,
    })),
  );
  const hasFlash = (options.flash?.[0] ?? null) !== null;
  // What firmware starts in flash gets the kernel and starts it.
  const handsOver = hasFlash && firmware !== null;
  const append = options.append ?? "";
  const boot = target.planBoot({
    ramBytes: checked.memory,
    cpuCount,
    firmware,
    kernel: handsOver ? null : kernel,
    initrd: handsOver ? null : initrd,
    deviceTree,
    append,
    hasFlash,
    seed: checked.seed,
  });
  const handed = handsOver && kernel ? { kernel: kernel.bytes, initrd: initrd?.bytes, commandLine: append } : {};
  return { boot, firmwareItems: firmwareItems({ cpuCount, files, ...handed }) };
}

/**
 * Unpacked here, where it costs the guest no time, if it is one gzip stream: an initrd may also be several archives in a row,
 * which only the kernel can tell, and then it is the kernel's to unpack.
 */
async function loadInitrd(
  source: ImageSource | undefined,
  unpackLimit: number,
  loader: ImageLoader,
): Promise<LoadedImage | null> {
  if (source === undefined) return null;
  const packed = await loader.load("initrd", source);
  try {
    return await unpackImage(packed, unpackLimit);
  } catch {
    return packed;
  }
}
