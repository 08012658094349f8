// Interrupt numbers: bits of mip and mie (privileged specification, mip and mie registers).
export const IRQ_SSI: u32 = 1;
export const IRQ_MSI: u32 = 3;
export const IRQ_STI: u32 = 5;
export const IRQ_MTI: u32 = 7;
export const IRQ_SEI: u32 = 9;
export const IRQ_MEI: u32 = 11;

/** Bits that software may write in mip. */
export const MIP_SOFTWARE: u64 = (1 << IRQ_SSI) | (1 << IRQ_STI) | (1 << IRQ_SEI);
/** Interrupts that may be delegated, and all of S-mode's. */
export const MIP_SUPERVISOR: u64 = MIP_SOFTWARE;
export const MIP_ALL: u64 = MIP_SOFTWARE | (1 << IRQ_MSI) | (1 << IRQ_MTI) | (1 << IRQ_MEI);

// The lines that devices drive, by their bits of mip.
export const LINE_MSIP: u32 = IRQ_MSI;
export const LINE_MTIP: u32 = IRQ_MTI;
export const LINE_MEIP: u32 = IRQ_MEI;
export const LINE_SEIP: u32 = IRQ_SEI;
