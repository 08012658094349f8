// CRC-32 bit by bit: shifts, masks, one short dependent chain.
#include "suite.h"

u64 crc(u64 repetition) {
  u32 crc = ~(u32)repetition;
  for (u32 i = 0; i < 20000; i++) {
    crc ^= i & 255;
    for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return crc;
}
