// The protocol of a GPU in two dimensions (virtio 1.2, 5.7.6): numbers and lengths of commands and responses, formats of pixels.

// Commands (5.7.6.7).
export const GET_DISPLAY_INFO: u32 = 0x100;
export const RESOURCE_CREATE_2D: u32 = 0x101;
export const RESOURCE_UNREF: u32 = 0x102;
export const SET_SCANOUT: u32 = 0x103;
export const RESOURCE_FLUSH: u32 = 0x104;
export const TRANSFER_TO_HOST_2D: u32 = 0x105;
export const RESOURCE_ATTACH_BACKING: u32 = 0x106;
export const RESOURCE_DETACH_BACKING: u32 = 0x107;
export const GET_EDID: u32 = 0x10a;
export const UPDATE_CURSOR: u32 = 0x300;
export const MOVE_CURSOR: u32 = 0x301;
// Responses.
export const OK_NODATA: u32 = 0x1100;
export const OK_DISPLAY_INFO: u32 = 0x1101;
export const OK_EDID: u32 = 0x1104;
export const ERR_UNSPEC: u32 = 0x1200;
export const ERR_OUT_OF_MEMORY: u32 = 0x1201;
export const ERR_INVALID_SCANOUT_ID: u32 = 0x1202;
export const ERR_INVALID_RESOURCE_ID: u32 = 0x1203;
export const ERR_INVALID_PARAMETER: u32 = 0x1205;

export const FLAG_FENCE: u32 = 1;

export const HEADER_BYTES: u32 = 24;
/** The longest command without the list of a backing. */
export const COMMAND_BYTES: u32 = 56;
const MAX_SCANOUTS: u32 = 16;
/** A mode: rectangle, enabled, flags. */
const MODE_BYTES: u32 = 24;
const DISPLAY_INFO_BYTES: u32 = HEADER_BYTES + MAX_SCANOUTS * MODE_BYTES;
/** Header, size, padding, and room for eight blocks, of which one is there. */
export const EDID_RESPONSE_BYTES: u32 = HEADER_BYTES + 8 + 1024;

/** Bytes of a command, header included; 0: there is none of this type. */
export function commandBytes(type: u32): u32 {
  switch (type) {
    case GET_DISPLAY_INFO:
      return HEADER_BYTES;
    case RESOURCE_UNREF:
    case RESOURCE_ATTACH_BACKING:
    case RESOURCE_DETACH_BACKING:
    case GET_EDID:
      return HEADER_BYTES + 8;
    case RESOURCE_CREATE_2D:
      return HEADER_BYTES + 16;
    case SET_SCANOUT:
    case RESOURCE_FLUSH:
      return HEADER_BYTES + 24;
    case TRANSFER_TO_HOST_2D:
    case UPDATE_CURSOR:
    case MOVE_CURSOR:
      return HEADER_BYTES + 32;
  }
  return 0;
}

/** Bytes of a response of this type. */
export function responseBytes(answer: u32): u32 {
  if (answer == OK_DISPLAY_INFO) return DISPLAY_INFO_BYTES;
  return answer == OK_EDID ? EDID_RESPONSE_BYTES : HEADER_BYTES;
}

/** Formats of pixels (5.7.6.8, virtio_gpu_formats): all have four bytes. */
export function isFormat(format: u32): bool {
  switch (format) {
    case 1:
    case 2:
    case 3:
    case 4:
    case 67:
    case 68:
    case 121:
    case 134:
      return true;
  }
  return false;
}
