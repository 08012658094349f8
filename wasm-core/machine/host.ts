// What the core asks of its host: the other end of each backend. All calls are synchronous and cheap.
// The compiler names an import after its file and function: module "host".

export { cpuBase } from "./env";

/** One byte from a guest serial port or console. */
export declare function consoleOut(byte: u32): void;

/** Many bytes from a console, at ptr in this memory. */
export declare function consoleOutBytes(ptr: usize, length: u32): void;

/** How many bytes of input wait for the guest at this instant. */
export declare function consoleAvailable(): u32;

/** Moves up to `max` bytes of waiting input to ptr, answers how many. Taken bytes are the guest's. */
export declare function consoleTake(ptr: usize, max: u32): u32;

/** From now on the screen shows what lies at ptr: rows `stride` bytes apart, pixels in a virtio-gpu format. Width 0: nothing. */
export declare function screenScanout(ptr: usize, stride: u32, width: u32, height: u32, format: u32): void;

/** A rectangle of what the screen shows has changed. */
export declare function screenDamage(x: u32, y: u32, width: u32, height: u32): void;

/** The pointer has another picture: 64 x 64 pixels at ptr (0: none), of which the hot one is at the pointer's place. */
export declare function screenCursor(ptr: usize, format: u32, hotX: u32, hotY: u32): void;

/** The pointer is at this place of the screen. */
export declare function screenCursorMove(x: u32, y: u32): void;

/** Many bytes from port `port` of the console device, other than the terminal. */
export declare function portOutBytes(port: u32, ptr: usize, length: u32): void;

/** How many bytes of input wait for that port at this instant. */
export declare function portAvailable(port: u32): u32;

/** As consoleTake, for that port. */
export declare function portTake(port: u32, ptr: usize, max: u32): u32;

/** Copies up to `max` bytes of that port's name to ptr, answers how many: 0 if it has none. */
export declare function portName(port: u32, ptr: usize, max: u32): u32;

/** Byte `offset` of the configuration of shared folder `share`: the tag's length (u16), then the tag. */
export declare function shareConfig(share: u32, offset: u32): u32;

/** Opens request `tag` (chosen by the device, unique while under way): a message of `length` bytes, the reply to which has room. */
export declare function shareBegin(share: u32, tag: u32, length: u32, room: u32): void;

/** Appends `length` bytes at ptr to the message (copied before the call returns). */
export declare function sharePut(share: u32, tag: u32, ptr: usize, length: u32): void;

/** All of request `tag` is described: the host starts it, after those before it. */
export declare function shareStart(share: u32, tag: u32): void;

/** Bytes of the reply, at most the room that there was; 0: it is not there yet. */
export declare function shareReply(share: u32, tag: u32): u32;

/** Copies `length` bytes from offset `offset` of the reply to ptr. */
export declare function shareGet(share: u32, tag: u32, offset: u32, ptr: usize, length: u32): void;

/** Request `tag` is finished for the guest too: the host forgets it. */
export declare function shareEnd(share: u32, tag: u32): void;

/** The guest has reset the device: whatever it had open is closed. */
export declare function shareReset(share: u32): void;

/** Bytes of item `key` of the firmware configuration; 0: there is none. */
export declare function firmwareItemBytes(key: u32): u32;

/** Copies `length` bytes from offset `offset` of that item to ptr. */
export declare function firmwareItemCopy(key: u32, offset: u32, ptr: usize, length: u32): void;

/** The guest has changed `length` bytes of flash bank `bank`, from offset `offset` on. */
export declare function flashWritten(bank: u32, offset: u32, length: u32): void;

/** Number of 512-byte sectors of disk `disk`. */
export declare function blockSectors(disk: u32): u64;

/** 1 when the disk refuses writes. */
export declare function blockReadOnly(disk: u32): u32;

/** Writes the disk's serial number to ptr: 20 bytes, the unused ones zero. */
export declare function blockSerial(disk: u32, ptr: usize): void;

/** Opens request `tag` (chosen by the device, unique while under way): a kind of BLOCK_READ and so on, first sector, bytes. */
export declare function blockBegin(disk: u32, tag: u32, kind: u32, sector: u64, length: u32): void;

/** Appends `length` bytes at ptr to the data of write request `tag` (copied before the call returns). */
export declare function blockPut(disk: u32, tag: u32, ptr: usize, length: u32): void;

/** All of request `tag` is described: the host starts it. */
export declare function blockStart(disk: u32, tag: u32): void;

/** BLOCK_PENDING, BLOCK_DONE or BLOCK_FAILED. */
export declare function blockStatus(disk: u32, tag: u32): i32;

/** Copies `length` bytes from offset `offset` of finished read request `tag` to ptr. */
export declare function blockGet(disk: u32, tag: u32, offset: u32, ptr: usize, length: u32): void;

/** Request `tag` is finished for the guest too: the host forgets it. */
export declare function blockEnd(disk: u32, tag: u32): void;

/**
 * The module of `length` bytes at ptr holds `count` functions for the table's slots from `slot` on: it exports them as "0", "1", …
 * and imports what it needs from module "core", by the names of this core's exports. The host copies the bytes. Answers 1 when
 * the functions can be called; 0: jitLinked(slot, count) or jitFailed(slot, count) follows, once run() has returned. Slots that
 * were released meanwhile are left out of that.
 */
export declare function jitLink(ptr: usize, length: u32, slot: u32, count: u32): u32;

/** Nobody calls the functions in these slots any more, or waits for them. */
export declare function jitRelease(slot: u32, count: u32): void;
