/** What the command line says about disks and flash: QEMU's names. */
import { wholeNumber } from "./option-values.ts";
import { parseSuboptions, rejectRest, take, takeSwitch } from "./suboptions.ts";
import { UsageError } from "./usage-error.ts";

const FLASH_BANKS = 2;

export interface DriveOption {
  readonly file: string;
  readonly readOnly: boolean;
  /** Changes are forgotten. */
  readonly snapshot: boolean;
  /** File for the changes. */
  readonly overlay: string | undefined;
}

/** Where drives go. */
export interface Drives {
  /** By their ids. */
  readonly drives: Map<string, DriveOption>;
  /** Images of the flash, by their banks. */
  readonly flash: (DriveOption | undefined)[];
}

/** The drive of `-drive file=F,id=ID[,…]`, or the image of a flash bank with if=pflash. */
export function addDrive(into: Drives, option: string, text: string): void {
  const options = parseSuboptions(option, text);
  const file = take(options, "file");
  const id = take(options, "id");
  const format = take(options, "format") ?? "raw";
  const bus = take(options, "if") ?? "none";
  const unit = bus === "pflash" ? take(options, "unit") : undefined;
  const readOnly = takeSwitch(option, options, "readonly");
  const snapshot = takeSwitch(option, options, "snapshot");
  const overlay = take(options, "overlay");
  rejectRest(option, options);
  if (file === undefined) throw new UsageError(`${option} ${text}: file= is missing`);
  if (bus !== "pflash" && id === undefined) throw new UsageError(`${option} ${text}: id= is missing`);
  if (format !== "raw") throw new UsageError(`${option}: format=${format} is not supported, only raw`);
  if (bus !== "none" && bus !== "pflash") {
    throw new UsageError(`${option}: if=${bus} is not supported, only none with a -device, or pflash`);
  }
  const choices = Object.entries({
    "readonly=on": readOnly,
    "snapshot=on": snapshot,
    "overlay=": overlay !== undefined,
  });
  const chosen = choices.filter(([, isGiven]) => isGiven).map(([name]) => name);
  if (chosen.length > 1) throw new UsageError(`${option} ${text}: ${chosen.join(" and ")} do not go together`);
  if (overlay === "") throw new UsageError(`${option} ${text}: overlay= names no file`);
  const drive = { file, readOnly, snapshot, overlay };
  if (bus === "pflash") {
    addFlash(
      into,
      option,
      drive,
      unit === undefined ? undefined : wholeNumber(`${option} unit`, unit, FLASH_BANKS - 1),
    );
  } else {
    if (into.drives.has(id as string)) throw new UsageError(`${option}: there are two drives with id=${id}`);
    into.drives.set(id as string, drive);
  }
}

/** Without a bank the next one. */
export function addFlash(into: Drives, option: string, drive: DriveOption, bank = into.flash.length): void {
  if (bank >= FLASH_BANKS) throw new UsageError(`${option}: there are ${FLASH_BANKS} banks of flash`);
  if (into.flash[bank] !== undefined) throw new UsageError(`${option}: there are two images for flash bank ${bank}`);
  into.flash[bank] = drive;
}
