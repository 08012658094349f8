// Bare protocol numbers that the core and TypeScript share: memory layout of one machine, control words, stop reasons.
// Compiled by both compilers, so it holds annotated u32 literals only (no objects, no strings, no unions).

// --- Layout of the wasm memory of one machine (byte offsets; see ARCHITECTURE.md, "Memory of a machine") ---
/** Control block: words below, then the core's own machine state. */
export const MACHINE_BASE: u32 = 0x1_0000;
/** State of all devices of the board; only plain values, no pointers, so that its bytes are the state. */
export const DEVICES_BASE: u32 = 0x1_1000;
export const DEVICES_BYTES: u32 = 0xf000;
/** Register sync: one area of SYNC_STRIDE bytes per vCPU. */
export const SYNC_BASE: u32 = 0x2_0000;
export const SYNC_STRIDE: u32 = 0x4000;
/** Private staging of the sync (never read by clients), then a transfer buffer of the host. */
export const STAGING_BASE: u32 = 0x4_0000;
export const STAGING_BYTES: u32 = 0x1_0000;
export const TRANSFER_BASE: u32 = 0x5_0000;
export const TRANSFER_BYTES: u32 = 0x3_0000;
/** Boot ROM of the board. */
export const ROM_BASE: u32 = 0x8_0000;
export const ROM_BYTES: u32 = 0x1_0000;
/** vCPU state: one area of CPU_STRIDE bytes per vCPU (registers, then the TLB). */
export const CPUS_BASE: u32 = 0x10_0000;
export const CPU_STRIDE: u32 = 0x2_0000;
/** Where the registers begin in a vCPU's area, laid out by src/spec/slot-layout.ts. */
export const CPU_REGISTERS: u32 = 0x40;
export const MAX_CPUS: u32 = 8;
/** One u16 per physical page of RAM, then of ROM: what stores into it must look at (see wasm-core/mmu/code-cache.ts). */
export const PAGE_NOTES_BASE: u32 = 0x20_0000;
/** Pool of decoded pages: 3,957 of them, more than a distribution's kernel, libraries and an interpreter run at a time. */
export const CODE_POOL_BASE: u32 = 0x40_0000;
export const CODE_POOL_BYTES: u32 = 0x400_0000;
/** Compiled code: statistics, tables of regions, scratch of the translator, the module being written (wasm-core/jit/layout.ts). */
export const JIT_BASE: u32 = 0x440_0000;
export const JIT_BYTES: u32 = 0xc0_0000;
/** Guest RAM starts here in the wasm memory. */
export const RAM_BASE: u32 = 0x500_0000;

/** What the resources of a screen take, behind guest RAM, in machines that have a screen. */
export const VIDEO_BYTES: u32 = 0x200_0000;
/** Sides, in pixels, of a screen that changes its size while the machine is on: from the first to the second, in steps of the third. */
export const SCREEN_LEAST: u32 = 64;
export const SCREEN_MOST: u32 = 4088;
export const SCREEN_STEP: u32 = 8;

export const PAGE_SHIFT: u32 = 12;
export const MIN_RAM_BYTES: u32 = 0x100_0000;
export const MAX_RAM_BYTES: u32 = 0x8000_0000;
/** The content of a flash bank, behind RAM in the wasm memory if the bank has any. */
export const FLASH_BANK_BYTES: u32 = 0x200_0000;

// --- Control words (i32, offsets from MACHINE_BASE, used with Atomics) ---
/** Count of requests that wait for the run loop to return; raised by clients, lowered by the handler of the message. */
export const CONTROL_ATTENTION: u32 = 0x00;
/** 1 while a vCPU moves (run loop inside the core), else 0. */
export const CONTROL_RUNNING: u32 = 0x04;
/** Count of resumes (the epoch of the sync). */
export const CONTROL_EPOCH: u32 = 0x08;
/** u64: the steps counter as of the last slice end, for instruction rates without a message. */
export const CONTROL_STEPS: u32 = 0x10;
/** First byte behind the control words: the core's own machine state. */
export const CONTROL_BYTES: u32 = 0x40;

// --- Why run() returned ---
/** The step that the caller named is reached. */
export const REASON_STEPS: u32 = 0;
/** The attention word is not zero. */
export const REASON_ATTENTION: u32 = 1;
/** All vCPUs wait for an interrupt; idleDeadline() tells the virtual ns of the next event. */
export const REASON_IDLE: u32 = 2;
/** A backend has not delivered what is due now; the machine holds at this instant. */
export const REASON_BACKEND: u32 = 3;
/** The guest switched the machine off; exitCode() is its code (0: success). */
export const REASON_POWEROFF: u32 = 4;
/** The guest asked for a reset. */
export const REASON_RESET: u32 = 5;
/** Something happened that a debugger has asked for; the vCPU's debug record says what. */
export const REASON_DEBUG: u32 = 6;

// --- A debugger's stops: record in a vCPU's area (offsets from CPUS_BASE + cpu * CPU_STRIDE + DEBUG_RECORD) ---
export const DEBUG_RECORD: u32 = 0x7c40;
/** u32: what has happened since the host has looked (DEBUG_EXECUTE and so on); run() returns at once while it is not 0. */
export const DEBUG_PENDING: u32 = 0x00;
/** u32: 1 when any control register is watched (DEBUG_CONTROL_BITS). */
export const DEBUG_CONTROLS: u32 = 0x04;
/** u32: 1 when each change of privilege counts. */
export const DEBUG_PRIVILEGES: u32 = 0x08;
/** u32: 1 while events and interrupts are held. */
export const DEBUG_HELD: u32 = 0x0c;
/** u64 each: no breakpoint stops at this step and address: there the machine stood already. */
export const DEBUG_PASSED_STEP: u32 = 0x10;
export const DEBUG_PASSED_PC: u32 = 0x18;
/** u64 each: a bit for each cause of which a trap counts. */
export const DEBUG_EXCEPTIONS: u32 = 0x20;
export const DEBUG_INTERRUPTS: u32 = 0x28;
/** The access: virtual address (u64), WATCH_LOAD and WATCH_STORE as bits, bytes, bytes whose values are known (u32 each). */
export const DEBUG_ACCESS_VA: u32 = 0x30;
export const DEBUG_ACCESS_KINDS: u32 = 0x38;
export const DEBUG_ACCESS_SIZE: u32 = 0x3c;
export const DEBUG_ACCESS_KNOWN: u32 = 0x40;
export const DEBUG_ACCESS_BEFORE: u32 = 0x48;
export const DEBUG_ACCESS_AFTER: u32 = 0x50;
/** The control register's number (u32), its values (u64). */
export const DEBUG_CONTROL: u32 = 0x58;
export const DEBUG_CONTROL_BEFORE: u32 = 0x60;
export const DEBUG_CONTROL_AFTER: u32 = 0x68;
/** The trap: 1 for an interrupt, cause (u32 each), address of the instruction, value (u64 each). */
export const DEBUG_TRAP_INTERRUPT: u32 = 0x70;
export const DEBUG_TRAP_CAUSE: u32 = 0x74;
export const DEBUG_TRAP_PC: u32 = 0x78;
export const DEBUG_TRAP_VALUE: u32 = 0x80;
/** Privileges (u32 each). */
export const DEBUG_PRIVILEGE_FROM: u32 = 0x88;
export const DEBUG_PRIVILEGE_TO: u32 = 0x8c;
/** A bit for each control register that is watched, by its number (at most 4096). */
export const DEBUG_CONTROL_BITS: u32 = 0xc0;
export const DEBUG_RECORD_BYTES: u32 = 0x2c0;
// Bits of DEBUG_PENDING.
export const DEBUG_EXECUTE: u32 = 1;
export const DEBUG_ACCESS: u32 = 2;
export const DEBUG_CONTROL_WRITE: u32 = 4;
export const DEBUG_TRAP: u32 = 8;
export const DEBUG_PRIVILEGE: u32 = 16;
/** Set by the host itself, from a call that the core makes. */
export const DEBUG_HOST: u32 = 32;
// Kinds of watched accesses; a range may have several.
export const WATCH_LOAD: u32 = 1;
export const WATCH_STORE: u32 = 2;
export const WATCH_FETCH: u32 = 4;
/** A debugger's breakpoint: unlike WATCH_FETCH, the other instructions of its page run as ever. */
export const WATCH_BREAK: u32 = 8;
/** Ranges that a debugger may watch. */
export const DEBUG_WATCHES: u32 = 112;

// --- Errors of the sync (register-sync, section 3), as the core reports them ---
export const SYNC_OK: u32 = 0;
export const SYNC_EINVAL: u32 = 1;
export const SYNC_ENOTSUP: u32 = 2;
export const SYNC_EROFS: u32 = 3;
export const SYNC_EREJECT: u32 = 4;
export const SYNC_ESTALE: u32 = 5;
export const SYNC_ECONFLICT: u32 = 6;
export const SYNC_EBUSY: u32 = 7;

// --- Classes of groups ---
export const CLASS_RUNTIME: u32 = 0;
export const CLASS_RESET_EXTRA: u32 = 1;
export const CLASS_FULL_EXTRA: u32 = 2;

// --- One sync area (offsets from SYNC_BASE + cpu * SYNC_STRIDE) ---
/** u64 for compare-exchange: valid bitmap and STATE_RUNNING in the low half, dirty bitmap in the high half. */
export const SLOT_STATE: u32 = 0x00;
/** Bit of the low half: the vCPU moves. It lies beside the bitmaps so that an edit and a resume cannot both win. */
export const STATE_RUNNING: u32 = 0x4000_0000;
/** u32: groups to publish at every stop. */
export const SLOT_WANT: u32 = 0x08;
/** u32: groups that the last operation fetched, applied or dropped. */
export const SLOT_DONE: u32 = 0x10;
/** u32: groups whose edits the last get kept. */
export const SLOT_KEPT: u32 = 0x14;
/** u32: epoch at the last get. */
export const SLOT_EPOCH: u32 = 0x18;
/** u32: group (FAULT_NONE: none) and register (index in its group) that the last error is about. */
export const SLOT_FAULT_GROUP: u32 = 0x1c;
export const SLOT_FAULT_REGISTER: u32 = 0x20;
export const FAULT_NONE: u32 = 0xff;
/** u64: retired instructions at the last get. */
export const SLOT_INSTRET: u32 = 0x28;
/** Per group (32 of them), SLOT_HEAD_BYTES each, from SLOT_HEADS. */
export const SLOT_HEADS: u32 = 0x40;
export const SLOT_HEAD_BYTES: u32 = 0x20;
/** i32 in a head: 0 free, else the client that holds the slot's lock. */
export const HEAD_LOCK: u32 = 0x00;
/** u32 in a head: odd while the slot is written, for readers without the lock. */
export const HEAD_SEQUENCE: u32 = 0x04;
/** u32 in a head: epoch of the copy. */
export const HEAD_EPOCH: u32 = 0x08;
/** u32 in a head: 1 when the core changed behind a dirty group: the next get refreshes the registers not edited. */
export const HEAD_OUTDATED: u32 = 0x0c;
/** u64 in a head: retired instructions at the copy. */
export const HEAD_INSTRET: u32 = 0x10;
/** u64 in a head: bitmap of edited registers (index of the register in its group). */
export const HEAD_EDITED: u32 = 0x18;
/** Register bytes of all groups; offsets from the register table. */
export const SLOT_DATA: u32 = 0x440;
/** u32 per register (64 a group): count of edits made to it by clients, which tells an edit that another has not seen. */
export const SLOT_VERSIONS: u32 = 0x2000;

// --- Devices: kinds of a block request ---
export const BLOCK_READ: u32 = 0;
export const BLOCK_WRITE: u32 = 1;
/** A write that is safe, as after a flush, when it is done. */
export const BLOCK_WRITE_SAFE: u32 = 2;
export const BLOCK_FLUSH: u32 = 4;
export const BLOCK_DISCARD: u32 = 11;
export const BLOCK_WRITE_ZEROES: u32 = 13;
// --- Devices: answers of the host about a block request ---
export const BLOCK_PENDING: i32 = 0;
export const BLOCK_DONE: i32 = 1;
export const BLOCK_FAILED: i32 = 2;

// --- Devices: kinds of input devices ---
export const INPUT_KEYBOARD: u32 = 0;
export const INPUT_TABLET: u32 = 1;
export const INPUT_MOUSE: u32 = 2;

// --- Devices: a request to a shared folder, in the list of what devices wait for ---
export const SHARE_REQUEST: u32 = 16;
// --- Devices: what stands behind a console device's ports (low and second byte: a bit for each that exists, that is a console) ---
export const PORTS_MAX: u32 = 8;
/** Port 0 is the machine's terminal. */
export const PORTS_TERMINAL: u32 = 0x1_0000;

/** Entries of the core's table that are for compiled code. */
export const JIT_SLOTS: u32 = 8192;

// --- Compiled code: statistics (u64 each, offsets from JIT_BASE) ---
/** Steps that ran in compiled code. */
export const JIT_STEPS: u32 = 0x00;
/** Regions translated so far, and those that can be entered now. */
export const JIT_TRANSLATED: u32 = 0x08;
export const JIT_REGIONS: u32 = 0x10;
/** Regions dropped because their code was written, and to make place. */
export const JIT_INVALIDATED: u32 = 0x18;
export const JIT_EVICTED: u32 = 0x20;
/** Modules handed to the host, bytes of wasm in them, guest instructions translated. */
export const JIT_MODULES: u32 = 0x28;
export const JIT_WASM_BYTES: u32 = 0x30;
export const JIT_INSTRUCTIONS: u32 = 0x38;
/** One count for each JIT_EXIT_*, from here. */
export const JIT_EXITS: u32 = 0x80;

// --- Why compiled code was left ---
/** To code that its region does not hold. */
export const JIT_EXIT_JUMP: u32 = 0;
/** An indirect jump whose target its region does not hold. */
export const JIT_EXIT_INDIRECT: u32 = 1;
/** To what follows, and its region does not hold. */
export const JIT_EXIT_NEXT: u32 = 2;
/** The budget did not cover another round of a loop. */
export const JIT_EXIT_BUDGET: u32 = 3;
/** A load, store or fetch that does not hit the TLB. */
export const JIT_EXIT_MISS: u32 = 4;
/** An instruction that the interpreter executes. */
export const JIT_EXIT_INTERPRET: u32 = 5;
/** An exception. */
export const JIT_EXIT_TRAP: u32 = 6;
/** An instruction that may have changed interrupts, mappings or deadlines. */
export const JIT_EXIT_LEAVE: u32 = 7;
export const JIT_EXIT_COUNT: u32 = 8;
