// Host-target interface: an ELF with a symbol `tohost` ends the run by writing it (value = code << 1 | 1).
import { REASON_POWEROFF } from "../../../src/spec/abi";
import { machine } from "../../machine/machine";
import { ramPointer } from "../../machine/ram";
import { watchPage } from "../../mmu/code-cache";

/** Watches the 8 bytes at physical address `pa`; answers false if they are not RAM. */
export function watchToHost(pa: u64): bool {
  const ptr = ramPointer(pa, 8);
  if (!ptr) return false;
  machine.htifAddress = pa;
  watchPage(ptr & ~(<usize>0xfff));
  return true;
}

/** Something was stored at `ptr`, in the watched page. */
export function storeToHost(ptr: usize): void {
  const word = ramPointer(machine.htifAddress, 8);
  if (!word || ptr > word + 7 || ptr + 7 < word) return;
  const value = load<u64>(word);
  // Bit 0 marks an exit; other values are commands to a device that this board does not have.
  if (!(value & 1)) return;
  machine.exitCode = <u32>(value >> 1);
  machine.stopRequest = REASON_POWEROFF;
}
