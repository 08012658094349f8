// What the core asks of its host: the other end of each backend. All calls are synchronous and cheap.

/** Base of this instance's vCPU area (one instance per vCPU shares one memory). */
// @ts-ignore: decorator
@external("env", "cpuBase")
export declare const cpuBase: usize;

/** One byte from a guest serial port or console. */
// @ts-ignore: decorator
@external("host", "consoleOut")
export declare function consoleOut(byte: u32): void;

/** Many bytes from a console, at ptr in this memory. */
// @ts-ignore: decorator
@external("host", "consoleOutBytes")
export declare function consoleOutBytes(ptr: usize, length: u32): void;

/** How many bytes of input wait for the guest at this instant. */
// @ts-ignore: decorator
@external("host", "consoleAvailable")
export declare function consoleAvailable(): u32;

/** Moves up to `max` bytes of waiting input to ptr, answers how many. Taken bytes are the guest's. */
// @ts-ignore: decorator
@external("host", "consoleTake")
export declare function consoleTake(ptr: usize, max: u32): u32;

/** Number of 512-byte sectors of disk `disk`. */
// @ts-ignore: decorator
@external("host", "blockSectors")
export declare function blockSectors(disk: u32): u64;

/** 1 when the disk refuses writes. */
// @ts-ignore: decorator
@external("host", "blockReadOnly")
export declare function blockReadOnly(disk: u32): u32;

/** Opens request `tag` (chosen by the device, unique while under way): kind BLOCK_READ/WRITE/FLUSH, first sector, bytes. */
// @ts-ignore: decorator
@external("host", "blockBegin")
export declare function blockBegin(disk: u32, tag: u32, kind: u32, sector: u64, length: u32): void;

/** Appends `length` bytes at ptr to the data of write request `tag` (copied before the call returns). */
// @ts-ignore: decorator
@external("host", "blockPut")
export declare function blockPut(disk: u32, tag: u32, ptr: usize, length: u32): void;

/** All of request `tag` is described: the host starts it. */
// @ts-ignore: decorator
@external("host", "blockStart")
export declare function blockStart(disk: u32, tag: u32): void;

/** BLOCK_PENDING, BLOCK_DONE or BLOCK_FAILED. */
// @ts-ignore: decorator
@external("host", "blockStatus")
export declare function blockStatus(disk: u32, tag: u32): i32;

/** Copies `length` bytes from offset `offset` of finished read request `tag` to ptr. */
// @ts-ignore: decorator
@external("host", "blockGet")
export declare function blockGet(disk: u32, tag: u32, offset: u32, ptr: usize, length: u32): void;

/** Request `tag` is finished for the guest too: the host forgets it. */
// @ts-ignore: decorator
@external("host", "blockEnd")
export declare function blockEnd(disk: u32, tag: u32): void;
