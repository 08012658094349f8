/** The whole state of a machine as the sections of a snapshot: taken, judged, and put in the place of another. */
import {
  BLOCK_DONE,
  BLOCK_FAILED,
  BLOCK_READ,
  PORTS_MAX,
  RAM_BASE,
  ROM_BASE,
  ROM_BYTES,
  SHARE_REQUEST,
  SYNC_EREJECT,
  SYNC_EROFS,
  SYNC_OK,
  TRANSFER_BASE,
} from "../../spec/abi.ts";
import type { CoreSync } from "../../sync/core-sync.ts";
import type { ConsoleBackend } from "../backends/console.ts";
import type { AnsweredRequest, BlockRequests } from "../block-requests.ts";
import type { InputDevice, StopReason } from "../machine-types.ts";
import {
  checkReport,
  INPUT_DEVICES,
  inputNumber,
  MOST_REPORT_EVENTS,
  packReport,
  unpackReport,
} from "../input-report.ts";
import { checkScreen, type OutsideEvent, type OutsideEvents, type QueuedEvent } from "../outside-events.ts";
import type { DeviceBackends } from "../device-backends.ts";
import type { GuestMemory } from "../guest-memory.ts";
import type { RunLoop, Stop } from "../run-loop.ts";
import type { ServedMessage } from "../share-requests.ts";
import {
  type BackendsState,
  hasBackendsState,
  MOST_BACKENDS_BYTES,
  packBackends,
  replaceBackends,
  unpackBackends,
} from "./backends-state.ts";
import {
  type DescribedMachine,
  describe,
  MOST_DESCRIPTION_BYTES,
  packDescription,
  requireSame,
  unpackDescription,
} from "./description.ts";
import { MOST_DISK_LIST_BYTES, type StagedDisks, stageDisks } from "./disk-state.ts";
import { FieldReader, FieldWriter } from "./fields.ts";
import { openSnapshot, type PackedSection, type Section, titleOf, unpackSection } from "./file.ts";
import {
  listPages,
  MOST_PACKED_PIECE,
  type PagesOfPiece,
  PIECE_BYTES,
  PIECE_PAGES,
  packPages,
  unpackPages,
} from "./ram-pages.ts";

/** The parts of a machine that have state. */
export interface SnapshotMachine extends DescribedMachine {
  readonly memory: WebAssembly.Memory;
  readonly guest: GuestMemory;
  readonly sync: CoreSync;
  readonly console: ConsoleBackend;
  readonly blocks: BlockRequests;
  readonly devices: DeviceBackends;
  readonly loop: RunLoop;
}

/** A snapshot that this machine can be put into: all of it has been judged. */
export interface JudgedSnapshot {
  readonly stop: Stop;
  readonly clock: Uint8Array;
  readonly devices: Uint8Array;
  readonly cpus: readonly Uint8Array[];
  readonly rom: Uint8Array;
  readonly requests: readonly AnsweredRequest[];
  readonly input: Uint8Array;
  readonly events: OutsideEvents["pending"];
  /** null: the machine has neither ports nor shared folders. */
  readonly backends: BackendsState | null;
  /** Per 16 MiB of RAM: what is not zero there, or null. */
  readonly ram: readonly ({ readonly packed: Uint8Array; readonly pages: PagesOfPiece } | null)[];
  readonly disks: StagedDisks;
}

const REASONS: readonly StopReason[] = ["created", "pause", "step", "poweroff", "failure", "reset"];
/** Of a disk the device accepts no request beyond 16 MiB under way, of which one has at most as much. */
const MOST_REQUEST_BYTES = 16 << 20;
const MOST_DISK_BYTES = 2 * MOST_REQUEST_BYTES;
const MOST_REQUESTS = 1024;
const MOST_REQUEST_HEADS = MOST_REQUESTS * 32;
const MOST_INPUT_BYTES = 64 << 20;
const MOST_EVENTS = 0x1_0000;

/**
 * The state at a boundary, all requests of disks answered. Copies everything before it returns. `disks`: what takeDisks() has
 * taken since.
 */
export function takeState(machine: SnapshotMachine, stop: Stop, disks: readonly Section[]): Section[] {
  const { core, cpuCount, initial } = machine;
  const sections: Section[] = [];
  const add = (name: string, index: number, bytes: Uint8Array) => sections.push({ name, index, bytes });
  const transferred = (length: number) => view(machine, TRANSFER_BASE, length).slice();
  add("machine", 0, packDescription(describe(machine)));
  add("stop", 0, packStop(stop));
  core.saveClock();
  add("clock", 0, transferred(core.clockBytes()));
  core.saveDevices();
  add("devices", 0, transferred(core.devicesBytes()));
  for (let cpu = 0; cpu < cpuCount; cpu++) {
    core.saveCpu(cpu);
    add("cpu", cpu, transferred(core.cpuBytes()));
  }
  add("rom", 0, view(machine, ROM_BASE, ROM_BYTES).slice());
  add("blocks", 0, packRequests(machine.blocks.answered()));
  add("console", 0, packInput(machine));
  if (hasBackendsState(machine.devices)) add("backends", 0, packBackends(machine.devices));
  ramPieces(machine).forEach((ram, index) => {
    const packed = packPages(ram, index * PIECE_PAGES, initial);
    if (packed !== null) add("ram", index, packed);
  });
  return [...sections, ...disks];
}

/**
 * Reads a snapshot for this machine, which it does not change. Throws an Error that says why it cannot be loaded: it is of
 * another machine or version or of disks that have changed, damaged, or describes a state that cannot be. Who gets the answer puts
 * it or drops its disks.
 */
export async function judgeSnapshot(machine: SnapshotMachine, file: Uint8Array): Promise<JudgedSnapshot> {
  const { core, cpuCount, disks, initial } = machine;
  const sections = new SectionList(openSnapshot(file));
  requireSame(unpackDescription(await sections.take("machine", 0, MOST_DESCRIPTION_BYTES)), describe(machine));
  const stop = unpackStop(await sections.take("stop", 0, 64));
  const clock = await sections.exactly("clock", 0, core.clockBytes());
  const devices = await sections.exactly("devices", 0, core.devicesBytes());
  const cpus: Uint8Array[] = [];
  for (let cpu = 0; cpu < cpuCount; cpu++) cpus.push(await sections.exactly("cpu", cpu, core.cpuBytes()));
  const rom = await sections.exactly("rom", 0, ROM_BYTES);
  const blocks = await sections.take("blocks", 0, MOST_REQUEST_HEADS + disks.length * MOST_DISK_BYTES);
  const console = await sections.take("console", 0, 2 * MOST_INPUT_BYTES);
  const backends = hasBackendsState(machine.devices)
    ? unpackBackends(machine.devices, await sections.take("backends", 0, MOST_BACKENDS_BYTES))
    : null;
  const ram: JudgedSnapshot["ram"][number][] = [];
  for (const [index, { length }] of ramPieces(machine).entries()) {
    const packed = sections.has("ram", index) ? await sections.take("ram", index, MOST_PACKED_PIECE) : null;
    ram.push(packed && { packed, pages: listPages(packed, length, index * PIECE_PAGES, initial) });
  }
  const requests = unpackRequests(blocks);
  const input = unpackInput(console);
  judgePieces(machine, clock, devices, cpus, requests, backends?.served ?? []);
  const list = await sections.take("disks", 0, MOST_DISK_LIST_BYTES);
  const staged = await stageDisks(disks, list, (index, most) => sections.take("disk", index, most));
  try {
    sections.end();
  } catch (error) {
    staged.drop();
    throw error;
  }
  return { stop, clock, devices, cpus, rom, requests, ...input, backends, ram, disks: staged };
}

/** The core's judgement, without a pause in which the machine could move. */
function judgePieces(
  machine: SnapshotMachine,
  clock: Uint8Array,
  devices: Uint8Array,
  cpus: readonly Uint8Array[],
  requests: readonly AnsweredRequest[],
  served: readonly ServedMessage[],
): void {
  const { core, sync } = machine;
  transfer(machine, clock);
  if (!core.checkClock()) throw new Error("damaged snapshot: no clock can stand so");
  transfer(machine, devices);
  const device = core.checkDevices();
  if (device !== 0) throw new Error(`damaged snapshot: device ${device - 1} of the board cannot be in that state`);
  requireRequests(machine, requests, served);
  const steps = new DataView(clock.buffer, clock.byteOffset).getBigUint64(0, true);
  for (const [cpu, piece] of cpus.entries()) {
    transfer(machine, piece);
    const error = core.checkCpu(cpu, steps);
    if (error === SYNC_OK) continue;
    if (error === SYNC_EROFS) {
      throw new Error(`the snapshot is of another machine: ${sync.faultOf(cpu)} of CPU ${cpu} differs`);
    }
    const register = error === SYNC_EREJECT ? ` (${sync.faultOf(cpu)})` : "";
    throw new Error(`damaged snapshot: CPU ${cpu} cannot be in that state${register}`);
  }
}

/** What the devices in the transfer buffer wait for is exactly what the snapshot holds answers to. */
function requireRequests(
  machine: SnapshotMachine,
  requests: readonly AnsweredRequest[],
  served: readonly ServedMessage[],
): void {
  const begin = machine.core.requestList() >>> 0;
  const end = machine.core.listDeviceRequests() >>> 0;
  const words = new Uint32Array(machine.memory.buffer, begin, (end - begin) / 4);
  const expected: string[] = [];
  for (let at = 0; at < words.length; at += 4) expected.push(words.slice(at, at + 4).join());
  const present = [
    ...requests.map(({ disk, tag, kind, length }) => [disk, tag, kind, length].join()),
    ...served.map(({ share, tag }) => [share, tag, SHARE_REQUEST, 0].join()),
  ];
  if (expected.sort().join(" ") !== present.sort().join(" ")) {
    throw new Error("damaged snapshot: the requests in it are not those that its devices wait for");
  }
}

/** Puts a snapshot in the place of the machine's state, whose disks rest; nothing can fail any more. Answers how it stood. */
export function putState(machine: SnapshotMachine, snapshot: JudgedSnapshot): Stop {
  const { core, initial, guest } = machine;
  const isNew = guest.isAsImages && core.steps() === 0n;
  transfer(machine, snapshot.clock);
  core.loadClock();
  transfer(machine, snapshot.devices);
  core.loadDevices();
  for (const [cpu, piece] of snapshot.cpus.entries()) {
    transfer(machine, piece);
    if (core.loadCpu(cpu) !== SYNC_OK) throw new Error(`CPU ${cpu} refused the state that it had accepted`);
  }
  view(machine, ROM_BASE, ROM_BYTES).set(snapshot.rom);
  ramPieces(machine).forEach((ram, index) => {
    const piece = snapshot.ram[index];
    const pages = piece?.pages ?? { held: [], asInitially: [] };
    const isInitial = isNew && (index + 1) * PIECE_BYTES <= machine.memoryBytes;
    unpackPages(piece?.packed ?? new Uint8Array(0), pages, ram, index * PIECE_PAGES, initial, isInitial);
  });
  guest.isAsImages = false;
  transfer(machine, snapshot.clock);
  core.finishLoad();
  core.showScreen();
  snapshot.disks.put();
  machine.blocks.replace(snapshot.requests);
  machine.console.replace(snapshot.input);
  replaceBackends(machine.devices, snapshot.backends);
  machine.loop.replaced(snapshot.events);
  return snapshot.stop;
}

/** The sections of a file in the one order that there is. */
class SectionList {
  private next = 0;

  constructor(private readonly sections: readonly PackedSection[]) {}

  has(name: string, index: number): boolean {
    const section = this.sections[this.next];
    return section !== undefined && section.name === name && section.index === index;
  }

  take(name: string, index: number, most: number): Promise<Uint8Array> {
    if (!this.has(name, index)) throw new Error(`damaged snapshot: section ${titleOf({ name, index })} is missing`);
    return unpackSection(this.sections[this.next++]!, most);
  }

  async exactly(name: string, index: number, length: number): Promise<Uint8Array> {
    const bytes = await this.take(name, index, length);
    if (bytes.length === length) return bytes;
    throw new Error(`damaged snapshot: section ${titleOf({ name, index })} has ${bytes.length} bytes, not ${length}`);
  }

  end(): void {
    const section = this.sections[this.next];
    if (section !== undefined) throw new Error(`damaged snapshot: section ${titleOf(section)} is one too many`);
  }
}

function view(machine: SnapshotMachine, at: number, length: number): Uint8Array {
  return new Uint8Array(machine.memory.buffer, at, length);
}

function transfer(machine: SnapshotMachine, piece: Uint8Array): void {
  view(machine, TRANSFER_BASE, piece.length).set(piece);
}

/** RAM, and what lies behind it: the video memory of a machine that has a screen, and flash. */
function ramPieces(machine: SnapshotMachine): Uint8Array[] {
  const bytes = machine.memoryBytes + machine.bytesBehindRam;
  return Array.from({ length: Math.ceil(bytes / PIECE_BYTES) }, (_, n) =>
    view(machine, RAM_BASE + n * PIECE_BYTES, Math.min(PIECE_BYTES, bytes - n * PIECE_BYTES)),
  );
}

function packStop({ reason, exitCode }: Stop): Uint8Array {
  return new FieldWriter()
    .text(reason)
    .u32(exitCode ?? 0)
    .finish();
}

function unpackStop(bytes: Uint8Array): Stop {
  const reader = new FieldReader("stop 0", bytes);
  const text = reader.text(32);
  const exitCode = reader.u32();
  reader.end();
  const reason = REASONS.find((known) => known === text);
  const isOff = reason === "poweroff" || reason === "failure";
  if (reason === undefined || (exitCode !== 0) !== (reason === "failure")) throw reader.damage("an unknown reason");
  return isOff ? { reason, exitCode } : { reason };
}

function packRequests(requests: readonly AnsweredRequest[]): Uint8Array {
  const writer = new FieldWriter().u32(requests.length);
  for (const { disk, tag, kind, sector, length, status, data } of requests) {
    writer.u32(disk).u32(tag).u32(kind).u64(sector).u32(length).u32(status).block(data);
  }
  return writer.finish();
}

function unpackRequests(bytes: Uint8Array): AnsweredRequest[] {
  const reader = new FieldReader("blocks 0", bytes);
  const requests = Array.from({ length: reader.count(MOST_REQUESTS) }, () => {
    const [disk, tag, kind] = [reader.u32(), reader.u32(), reader.u32()];
    const sector = reader.u64();
    const [length, status] = [reader.count(MOST_REQUEST_BYTES), reader.u32()];
    const data = reader.block(length);
    const brings = kind === BLOCK_READ && status === BLOCK_DONE ? length : 0;
    if ((status !== BLOCK_DONE && status !== BLOCK_FAILED) || data.length !== brings) {
      throw reader.damage(`request ${tag} of disk ${disk} is not one that was answered`);
    }
    return { disk, tag, kind, sector, length, status, data };
  });
  reader.end();
  return requests;
}

function packInput({ console, loop }: SnapshotMachine): Uint8Array {
  const { queue, sequence } = loop.pendingEvents;
  const writer = new FieldWriter().u32(sequence).block(console.peek()).u32(queue.length);
  for (const { atStep, event } of queue) {
    writer.u64(atStep);
    if (event.kind === "console") writer.u32(0).block(event.bytes);
    else if (event.kind === "resize") writer.u32(1).u32(event.columns).u32(event.rows);
    else if (event.kind === "screen") writer.u32(4).u32(event.width).u32(event.height);
    else if (event.kind === "port") writer.u32(3).u32(event.port).block(event.bytes);
    else writer.u32(2).u32(inputNumber(event.device)).block(packReport(event.events));
  }
  const bytes = writer.finish();
  if (bytes.length > MOST_INPUT_BYTES || queue.length > MOST_EVENTS) {
    throw new Error(`more input waits for the guest than a snapshot can hold (${MOST_INPUT_BYTES >> 20} MiB)`);
  }
  return bytes;
}

function unpackInputEvent(reader: FieldReader): OutsideEvent {
  const device = INPUT_DEVICES[reader.count(INPUT_DEVICES.length - 1)] as InputDevice;
  const events = unpackReport(reader.block(MOST_REPORT_EVENTS * 8));
  try {
    checkReport(events);
  } catch (error) {
    throw reader.damage((error as Error).message);
  }
  return { kind: "input", device, events };
}

function unpackScreenEvent(reader: FieldReader): OutsideEvent {
  const [width, height] = [reader.u32(), reader.u32()];
  try {
    checkScreen(width, height);
  } catch (error) {
    throw reader.damage((error as Error).message);
  }
  return { kind: "screen", width, height };
}

function unpackInput(bytes: Uint8Array): Pick<JudgedSnapshot, "input" | "events"> {
  const reader = new FieldReader("console 0", bytes);
  const sequence = reader.u32();
  const input = reader.block(MOST_INPUT_BYTES);
  const queue = Array.from({ length: reader.count(MOST_EVENTS) }, (): QueuedEvent => {
    const atStep = reader.u64();
    const kind = reader.count(4);
    if (kind === 0) return { atStep, event: { kind: "console", bytes: reader.block(MOST_INPUT_BYTES) } };
    if (kind === 3) {
      const port = reader.count(PORTS_MAX - 1);
      return { atStep, event: { kind: "port", port, bytes: reader.block(MOST_INPUT_BYTES) } };
    }
    if (kind === 2) return { atStep, event: unpackInputEvent(reader) };
    if (kind === 4) return { atStep, event: unpackScreenEvent(reader) };
    return { atStep, event: { kind: "resize", columns: reader.count(0xffff), rows: reader.count(0xffff) } };
  });
  reader.end();
  return { input, events: { queue, sequence } };
}
