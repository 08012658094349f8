// What a monitor says of itself (VESA Enhanced EDID 1.4): a block of 128 bytes, with the screen's size as its preferred timing.

export const EDID_BYTES: u32 = 128;
/** Sides of a detailed timing have 12 bits (3.10.2). */
export const EDID_MOST_PIXELS: u32 = 4095;

/**
 * Header; manufacturer VTR, which nobody has registered; product 1, serial number unknown; model year 2026; version 1.4; digital, 8
 * bits a colour. Then size in cm, gamma 2.2, features: RGB, sRGB, the preferred timing is the panel's own; sRGB's chromaticity.
 */
const FIRST: usize = memory.data<u8>([
  0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00, 0x5a, 0x92, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0x24, 0x01,
  0x04, 0xa0, 0x00, 0x00, 0x78, 0x06, 0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54,
]);
const FIRST_BYTES: u32 = 35;
const SIZE_CM: u32 = 21;
const ESTABLISHED: u32 = 35;
const STANDARD: u32 = 38;
const DETAILED: u32 = 54;
const DESCRIPTOR_BYTES: u32 = 18;
/** Descriptors behind the timing: the name "Vitrine", and two that say nothing. */
const DESCRIPTORS: usize = memory.data<u8>([
  0x00, 0x00, 0x00, 0xfc, 0x00, 0x56, 0x69, 0x74, 0x72, 0x69, 0x6e, 0x65, 0x0a, 0x20, 0x20, 0x20, 0x20, 0x20, 0x00,
  0x00, 0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
  0x00, 0x10, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
]);
const CHECKSUM: u32 = 127;

/** Timings at 60 Hz with a code of two bytes (3.9): width, height, code. */
const STANDARD_TIMINGS: usize = memory.data<u16>([
  1280, 720, 0xc081, 1280, 800, 0x0081, 1280, 1024, 0x8081, 1440, 900, 0x0095, 1600, 1200, 0x40a9, 1680, 1050, 0x00b3,
  1920, 1080, 0xc0d1, 1920, 1200, 0x00d1,
]);
const MAX_STANDARD: u32 = 8;
const NO_TIMING: u16 = 0x0101;

/** VESA CVT 1.2 with reduced blanking: pixels and lines beside the picture. A vertical sync of 10 lines says nothing of the shape. */
const H_BLANK: u32 = 160;
const H_FRONT: u32 = 48;
const H_SYNC: u32 = 32;
const V_FRONT: u32 = 3;
const V_SYNC: u32 = 10;
const V_BACK_LEAST: u32 = 6;
const HZ: u32 = 60;
/** Digital, separate syncs, the horizontal one positive. */
const SYNC_FLAGS: u8 = 0x1a;
/** Pixels are those of 96 an inch. */
const TENTH_MM_PER_INCH: u32 = 254;
const PIXELS_PER_INCH: u32 = 96;

/**
 * Writes the block of a screen of 1 to EDID_MOST_PIXELS pixels each way to `to`, which is zero. The screen shows usual timings of up to
 * `roomWidth` and `roomHeight` pixels besides.
 */
export function writeEdid(to: usize, width: u32, height: u32, roomWidth: u32, roomHeight: u32): void {
  memory.copy(to, FIRST, FIRST_BYTES);
  store<u8>(to + SIZE_CM, <u8>max<u32>(1, (millimetres(width) + 5) / 10));
  store<u8>(to + SIZE_CM, <u8>max<u32>(1, (millimetres(height) + 5) / 10), 1);
  writeSmallerTimings(to, roomWidth, roomHeight);
  writePreferredTiming(to + DETAILED, width, height);
  memory.copy(to + DETAILED + DESCRIPTOR_BYTES, DESCRIPTORS, 3 * DESCRIPTOR_BYTES);
  let sum: u32 = 0;
  for (let i: u32 = 0; i < CHECKSUM; i++) sum += load<u8>(to + i);
  store<u8>(to + CHECKSUM, <u8>(0 - sum));
}

/** Usual timings that the screen has room for: a guest with EDID offers no others. */
function writeSmallerTimings(to: usize, width: u32, height: u32): void {
  let first: u8 = 0;
  if (width >= 640 && height >= 480) first |= 0x20;
  if (width >= 800 && height >= 600) first |= 0x01;
  store<u8>(to + ESTABLISHED, first);
  if (width >= 1024 && height >= 768) store<u8>(to + ESTABLISHED, 0x08, 1);
  let at = to + STANDARD;
  for (let i: u32 = 0; i < MAX_STANDARD; i++) store<u16>(at + 2 * i, NO_TIMING);
  for (let i: u32 = 0; i < MAX_STANDARD; i++) {
    const timing = STANDARD_TIMINGS + 6 * i;
    if (load<u16>(timing) > width || load<u16>(timing, 2) > height) continue;
    store<u16>(at, load<u16>(timing, 4));
    at += 2;
  }
}

/** A detailed timing (3.10.2) at 60 Hz, or at less where the pixel clock's 16 bits do not suffice. */
function writePreferredTiming(to: usize, width: u32, height: u32): void {
  // At least 460 µs of a frame: with 60 of these, 69 lines for 2431 of the picture.
  const vBlank = max<u32>((height * 69) / 2431 + 1, V_FRONT + V_SYNC + V_BACK_LEAST);
  // In units of 10 kHz.
  const clock = ((width + H_BLANK) * (height + vBlank) * HZ + 5000) / 10000;
  store<u16>(to, <u16>min<u32>(clock, 0xffff));
  pair(to + 2, width, H_BLANK);
  pair(to + 5, height, vBlank);
  store<u8>(to, <u8>H_FRONT, 8);
  store<u8>(to, <u8>H_SYNC, 9);
  store<u8>(to, <u8>((V_FRONT << 4) | V_SYNC), 10);
  pair(to + 12, millimetres(width), millimetres(height));
  store<u8>(to, SYNC_FLAGS, 17);
}

/** Two numbers of 12 bits: the low bytes of both, then the high halves of a byte. */
function pair(to: usize, a: u32, b: u32): void {
  store<u8>(to, <u8>a);
  store<u8>(to, <u8>b, 1);
  store<u8>(to, <u8>(((a >> 8) << 4) | (b >> 8)), 2);
}

function millimetres(pixels: u32): u32 {
  return (pixels * TENTH_MM_PER_INCH + 5 * PIXELS_PER_INCH) / (10 * PIXELS_PER_INCH);
}
