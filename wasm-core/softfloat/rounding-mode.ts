// The five rounding-direction attributes of IEEE 754-2019 section 4.3; any other number behaves as RMM.

export const RNE: u32 = 0; // to nearest, ties to even
export const RTZ: u32 = 1; // toward zero
export const RDN: u32 = 2; // toward negative
export const RUP: u32 = 3; // toward positive
export const RMM: u32 = 4; // to nearest, ties away from zero
