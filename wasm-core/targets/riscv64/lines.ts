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
