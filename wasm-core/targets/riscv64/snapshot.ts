// What a snapshot must hold of a hart besides its registers and its TLB: what stands behind them and follows from neither.
import { cpuAt } from "../../machine/cpu";
import { Hart, PRIV_M, PRIV_S, PRIV_U, SPACE_COUNT } from "./hart";
import { protectionChanged, stimecmpChanged } from "./derived";
import { CONTEXT_SUM, modesChanged } from "./paging";
import { triggersChanged } from "./triggers";

@unmanaged
class Hidden {
  trapped: u64;
  waitsForReservation: u32;
  nextSpace: u32;
  space: u32;
  reserved: u32;
  // SPACE_COUNT values of satp follow.
}

export const HIDDEN_BYTES: usize = offsetof<Hidden>() + <usize>SPACE_COUNT * 8;

export function saveHidden(index: u32, to: usize): void {
  const hart = changetype<Hart>(cpuAt(index));
  const hidden = changetype<Hidden>(to);
  hidden.trapped = hart.trapped;
  hidden.waitsForReservation = hart.waitsForReservation;
  hidden.nextSpace = hart.nextSpace;
  hidden.space = hart.space;
  hidden.reserved = 0;
  memory.copy(to + offsetof<Hidden>(), changetype<usize>(hart) + offsetof<Hart>("spaces0"), <usize>SPACE_COUNT * 8);
}

/** Whether this could stand behind the registers of the image `file` (of a register file) after `steps` steps. */
export function checkHidden(from: usize, file: usize, steps: u64): bool {
  const hidden = changetype<Hidden>(from);
  if (hidden.trapped > steps || hidden.waitsForReservation > 1 || hidden.reserved) return false;
  if (hidden.nextSpace >= SPACE_COUNT || hidden.space >= SPACE_COUNT) return false;
  // The space in use is that of satp: else translations of one would serve the other.
  return load<u64>(from + offsetof<Hidden>() + ((<usize>hidden.space) << 3)) == changetype<Hart>(file).satp;
}

/** Takes over what checkHidden() has accepted, and derives everything else from the registers, which are stored already. */
export function loadHidden(index: u32, from: usize): void {
  const hart = changetype<Hart>(cpuAt(index));
  const hidden = changetype<Hidden>(from);
  hart.trapped = hidden.trapped;
  hart.waitsForReservation = hidden.waitsForReservation;
  hart.lines = 0;
  protectionChanged(hart);
  stimecmpChanged(hart);
  triggersChanged(hart);
  hart.nextSpace = hidden.nextSpace;
  hart.space = hidden.space;
  memory.copy(changetype<usize>(hart) + offsetof<Hart>("spaces0"), from + offsetof<Hidden>(), <usize>SPACE_COUNT * 8);
  modesChanged(hart);
}

/** Whether a TLB entry can have this context (given without VALID): machine mode has one, user mode knows no SUM. */
export function legalContext(context: u64): bool {
  const priv = <u32>context & 3;
  if (priv == PRIV_M) return context == PRIV_M;
  return priv == PRIV_S || (priv == PRIV_U && !(context & CONTEXT_SUM));
}
