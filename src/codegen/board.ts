/** Generates wasm-core/generated/board.ts: the bus, the interrupt lines and the events of a board, from its table. */
import { type AccessWindow, type Board, type DeviceRow, decodedBytes } from "../spec/memory-map.ts";
import { type GeneratedFile, header } from "./generated-file.ts";

/** Devices that take part in more than the bus, by the calls that they have beside read, write, reset and tick. */
const TAKES_INPUT: ReadonlySet<string> = new Set(["uart16550", "virtio/mmio"]);
const IS_SLOT: ReadonlySet<string> = new Set(["virtio/mmio"]);
const DRIVES_CPU_LINES: ReadonlySet<string> = new Set(["aclint", "plic"]);
const IS_SERIAL: ReadonlySet<string> = new Set(["uart16550"]);
const HOLDS_MEMORY: ReadonlySet<string> = new Set(["pflash"]);

/** The file for a board; throws when two devices of the table overlap or share a name. */
export function generateBoard(board: Board): GeneratedFile {
  checkBoard(board);
  return { path: "board.ts", text: boardText(board) };
}

function checkBoard(board: Board): void {
  const names = new Set<string>();
  const ranges = [
    ...board.devices.map((row) => ({ name: row.name, base: row.base, size: row.size })),
    { ...board.rom },
  ];
  for (const { name, base, size } of ranges) {
    if (names.has(name)) throw new Error(`board ${board.name}: two devices are named ${name}`);
    names.add(name);
    for (const other of ranges) {
      if (other.name !== name && base < other.base + (other.size ?? 0) && other.base < base + (size ?? 0)) {
        throw new Error(`board ${board.name}: ${name} overlaps ${other.name}`);
      }
    }
  }
  for (const name of [board.interruptController, board.console]) {
    if (!board.devices.some((row) => row.name === name)) throw new Error(`board ${board.name} has no device ${name}`);
  }
}

/** The core's class of a type of device. */
export function deviceClass(type: string): string {
  return type
    .split(/[-/]/)
    .map((part) => part.charAt(0).toUpperCase() + part.slice(1))
    .join("");
}
const className = (row: DeviceRow): string => deviceClass(row.type);
const bytesName = (row: DeviceRow): string => `${row.type.replace(/[-/]/g, "_").toUpperCase()}_BYTES`;
const placeName = (row: DeviceRow): string => `${row.name.toUpperCase()}_AT`;
const hex = (value: number): string => `0x${value.toString(16)}`;

/** Statements, one line for each of `rows`, indented as the body of a function. */
function lines(rows: readonly DeviceRow[], statement: (row: DeviceRow, index: number) => string): string {
  return rows.map((row, index) => `  ${statement(row, index)}\n`).join("");
}

function boardText(board: Board): string {
  const { devices, rom } = board;
  const ofType = (types: ReadonlySet<string>): DeviceRow[] => devices.filter((row) => types.has(row.type));
  const types = [...new Map(devices.map((row) => [row.type, row])).values()];
  const imports = types
    .map((row) => `import { ${bytesName(row)}, ${className(row)} } from "../devices/${row.type}";\n`)
    .join("");
  const places = devices
    .map((row, index) => {
      const before = devices[index - 1];
      const place = before === undefined ? "DEVICES_BASE" : `(${placeName(before)} + ${bytesName(before)} + 15) & ~15`;
      return `const ${placeName(row)}: usize = ${place};\nexport const ${row.name}: ${className(row)} = changetype<${className(row)}>(${placeName(row)});\n`;
    })
    .join("");
  const last = devices[devices.length - 1]!;
  const inside = (row: DeviceRow): string => `pa - ${hex(row.base)} < ${hex(decodedBytes(row))}`;
  const offset = (row: DeviceRow): string => `<u32>(pa - ${hex(row.base)})`;
  const inImage = (row: DeviceRow): string =>
    `changetype<${className(row)}>(image + (${placeName(row)} - DEVICES_BASE))`;
  const inRom = `pa - ROM_PA < ROM_PA_BYTES`;

  return `${header("the table of the board, src/codegen/board.ts")}
import { DEVICES_BASE, DEVICES_BYTES, ROM_BASE, TRANSFER_BASE } from "../../src/spec/abi";
${imports}
export const RAM_PA: u64 = ${hex(board.ram.base)};
export const ROM_PA: u64 = ${hex(rom.base)};
export const ROM_PA_BYTES: u64 = ${hex(rom.size ?? 0)};
/** Events 0 to BOARD_EVENTS - 1 are those of the devices; the others are the target's. */
export const BOARD_EVENTS: u32 = ${devices.length};
/** Virtual ns per tick of the time counter. */
export const TIMEBASE_NS: u64 = ${1_000_000_000 / board.timebaseHz};

${places}
export const DEVICES_USED: usize = ${placeName(last)} + ${bytesName(last)} - DEVICES_BASE;
if (DEVICES_USED > DEVICES_BYTES) ERROR("the devices outgrew DEVICES_BYTES");

/** Whether something answers an access of \`size\` bytes at \`pa\`; if not, the CPU takes an access fault. */
export function busHas(pa: u64, size: u32): bool {
  if (pa & (size - 1)) return false;
${devices.map((row) => row.windows.map((window) => `  ${windowTest(row, window)}\n`).join("")).join("")}  return ${inRom};
}

/** Reads \`size\` bytes; 0 where busHas() is false. */
export function busRead(pa: u64, size: u32): u64 {
${lines(devices, (row) => `if (${inside(row)}) return ${row.name}.read(${offset(row)}, size);`)}  if (${inRom}) return readRom(<usize>ROM_BASE + <usize>(pa - ROM_PA), size);
  return 0;
}

/** Writes \`size\` bytes; nothing happens in ROM and where busHas() is false. */
export function busWrite(pa: u64, size: u32, value: u64): void {
${lines(devices, (row) => `if (${inside(row)}) return ${row.name}.write(${offset(row)}, size, value);`)}}

/** Pointer to \`length\` bytes at \`pa\` that a device holds behind RAM and shows as memory, or 0. */
export function memoryPointer(pa: u64, length: u64): usize {
${lines(ofType(HOLDS_MEMORY), (row) => `if (${inside(row)}) return ${row.name}.pointer(${offset(row)}, length);`)}  return 0;
}

/** Physical address of what lies \`place\` bytes behind RAM. */
export function memoryAddress(place: u32): u64 {
${lines(ofType(HOLDS_MEMORY), (row) => `return ${hex(row.base)} + <u64>${row.name}.offsetOf(place);`)}}

function readRom(ptr: usize, size: u32): u64 {
  if (size == 1) return load<u8>(ptr);
  if (size == 2) return load<u16>(ptr);
  if (size == 4) return load<u32>(ptr);
  return load<u64>(ptr);
}

export function setInterruptLine(line: u32, level: bool): void {
  ${board.interruptController}.setLine(line, level);
}

/** Event \`id\` is due. */
export function fireEvent(id: u32): void {
  switch (id) {
${lines(devices, (row, index) => `  case ${index}: return ${row.name}.tick();`)}  }
}

/** Power-on of the whole board; what configureDevice() said stays. */
export function resetDevices(): void {
${lines(devices, (row) => `${row.name}.reset();`)}}

/** First of all calls: clears all state, tells each device its line and event, then resets. */
export function initDevices(): void {
  memory.fill(DEVICES_BASE, 0, DEVICES_BYTES);
${lines(devices, (row, index) => `${row.name}.irq = ${row.irq ?? 0}; ${row.name}.event = ${index};`)}  resetDevices();
}

/** Puts a device of virtio device ID \`kind\` (0: none) into slot \`slot\`; answers 1, or 0 if there is no such slot. */
export function configureDevice(slot: u32, kind: u32, disk: u32): u32 {
  switch (slot) {
${lines(ofType(IS_SLOT), (row, index) => `  case ${index}: ${row.name}.configure(kind, disk); break;`)}    default: return 0;
  }
  // With a console among the slots, the terminal's input goes there and not to the serial port.
  let consoles: u32 = 0;
${lines(ofType(IS_SLOT), (row) => `if (${row.name}.hasTerminal()) consoles++;`)}${lines(ofType(IS_SERIAL), (row) => `${row.name}.inputElsewhere = consoles ? 1 : 0;`)}  return 1;
}

/** Gives flash bank \`bank\` the content that lies \`content\` bytes behind RAM; answers 0 if there is no such bank. */
export function configureFlash(bank: u32, content: u32, readOnly: u32): u32 {
${lines(ofType(HOLDS_MEMORY), (row) => `return ${row.name}.configure(bank, content, readOnly);`)}}

/** Whether \`image\`, which came from a file, could be the state of these devices; answers 0, or 1 + the number of the one at fault. */
export function devicesAtFault(image: usize): u32 {
${lines(devices, (row, index) => `if (!${inImage(row)}.possible(${row.name})) return ${index + 1};`)}  return 0;
}

/** Lists at \`to\` the requests that the host works on for the devices whose state is \`image\`; answers where the list ends. */
export function listRequests(image: usize, to: usize): usize {
${lines(ofType(IS_SLOT), (row) => `to = ${inImage(row)}.listRequests(to);`)}  return to;
}

/** Drives the interrupt lines of every CPU anew, from the devices' state. */
export function driveCpuLines(): void {
${lines(ofType(DRIVES_CPU_LINES), (row) => `${row.name}.driveLines();`)}}

/** The host has new input for the guest. */
export function consoleInput(): void {
${lines(ofType(TAKES_INPUT), (row) => `${row.name}.input();`)}}

/** A report for input devices of kind \`input\` (INPUT_*): \`count\` events in the transfer buffer. */
export function inputReport(input: u32, count: u32): void {
${lines(ofType(IS_SLOT), (row) => `${row.name}.report(input, TRANSFER_BASE, count);`)}}

/** Events that drivers of input devices of kind \`input\` have not taken. */
export function inputWaiting(input: u32): u32 {
  let events: u32 = 0;
${lines(ofType(IS_SLOT), (row) => `events += ${row.name}.waitingEvents(input);`)}  return events;
}

/** Tells the host anew what the screen shows. */
export function showScreen(): void {
${lines(ofType(IS_SLOT), (row) => `${row.name}.show();`)}}

/** The terminal has a new size. */
export function consoleResize(columns: u32, rows: u32): void {
${lines(ofType(IS_SLOT), (row) => `${row.name}.resize(columns, rows);`)}}

/** The screen has a new size: SCREEN_LEAST to SCREEN_MOST pixels each way, in steps of SCREEN_STEP. */
export function screenResize(width: u32, height: u32): void {
${lines(ofType(IS_SLOT), (row) => `${row.name}.resizeScreen(width, height);`)}}
`;
}

function windowTest(row: DeviceRow, window: AccessWindow): string {
  const base = hex(row.base + window.offset);
  return `if (pa - ${base} < ${hex(window.bytes)}) return size >= ${window.min} && size <= ${window.max};`;
}
