// The core's side of a snapshot, in pieces that pass through the transfer buffer: clock and events, devices, then each vCPU.
//
// A piece from a file is hostile: check…() judges it without changing the machine, load…() takes over what was accepted. The host
// checks every piece before it loads the first, loads them in the order above, and ends with the clock again for finishLoad().
import { CONTROL_STEPS, DEVICES_BASE, MACHINE_BASE, SYNC_OK, TRANSFER_BASE, TRANSFER_BYTES } from "../../src/spec/abi";
import { BOARD_EVENTS, DEVICES_USED, devicesAtFault, driveCpuLines, listRequests } from "../generated/board";
import { HIDDEN_BYTES, checkHidden, loadHidden, saveHidden } from "../generated/target";
import { dropAllCode, watchPage } from "../mmu/code-cache";
import { TLB_IMAGE_BYTES, checkTlb, loadTlb, saveTlb } from "../mmu/tlb-image";
import { IMAGE_BYTES, fetchImage, judgeImage, storeImage } from "../sync/image";
import { schedule, steps } from "./clock";
import { CPU_BYTES, cpuAt } from "./cpu";
import { forgetWatch } from "./lifecycle";
import { EVENTS_BASE, EVENT_COUNT, NEVER, machine } from "./machine";
import { ramPointer } from "./ram";
import { CPU_EVENT } from "./run-loop";

const BUFFER: usize = TRANSFER_BASE;

/** The clock's piece; EVENT_COUNT deadlines follow. */
@unmanaged
class Clock {
  steps: u64;
  vnsBase: u64;
  nsShift: u64;
  rtcBase: u64;
  seed: u64;
  htifAddress: u64;
  exitCode: u64;
}

const CLOCK_BYTES: usize = offsetof<Clock>() + <usize>EVENT_COUNT * 8;
/** Largest shift that a machine can be made with. */
const MAX_NS_SHIFT: u64 = 10;
/** Virtual time stays below 2^63 ns (292 years). */
const TIME_BITS: u64 = 62;

/** Where the list of requests under way is put: behind the devices' piece. */
const REQUESTS: usize = BUFFER + 0x1_0000;

/** A vCPU's piece: registers, what stands behind them, TLB. */
const HIDDEN_AT: usize = BUFFER + IMAGE_BYTES;
const TLB_AT: usize = HIDDEN_AT + HIDDEN_BYTES;
const CPU_PIECE_BYTES: usize = IMAGE_BYTES + HIDDEN_BYTES + TLB_IMAGE_BYTES;

if (CPU_PIECE_BYTES > TRANSFER_BYTES) ERROR("a vCPU's piece outgrew the transfer buffer");

/** What checkCpu() answers beside the errors of the sync: the fault is not in a register. */
const CPU_AT_FAULT: u32 = 0xff;

export function clockBytes(): u32 {
  return <u32>CLOCK_BYTES;
}

export function devicesBytes(): u32 {
  return <u32>DEVICES_USED;
}

export function cpuBytes(): u32 {
  return <u32>CPU_PIECE_BYTES;
}

export function saveClock(): void {
  const clock = changetype<Clock>(BUFFER);
  clock.steps = steps();
  clock.vnsBase = machine.vnsBase;
  clock.nsShift = machine.nsShift;
  clock.rtcBase = machine.rtcBase;
  clock.seed = machine.seed;
  clock.htifAddress = machine.htifAddress;
  clock.exitCode = machine.exitCode;
  memory.copy(BUFFER + offsetof<Clock>(), EVENTS_BASE, <usize>EVENT_COUNT * 8);
}

/** 1 when a machine's clock could stand so. */
export function checkClock(): u32 {
  const clock = changetype<Clock>(BUFFER);
  if (clock.nsShift > MAX_NS_SHIFT || clock.vnsBase >> TIME_BITS || clock.steps >> (TIME_BITS - clock.nsShift))
    return 0;
  if (clock.exitCode > u32.MAX_VALUE) return 0;
  if (clock.htifAddress && !ramPointer(clock.htifAddress, 8)) return 0;
  for (let id: u32 = 0; id < EVENT_COUNT; id++) {
    const exists = id < BOARD_EVENTS || (id >= CPU_EVENT && id - CPU_EVENT < machine.cpuCount);
    if (!exists && deadline(id) != NEVER) return 0;
  }
  return 1;
}

function deadline(id: u32): u64 {
  return load<u64>(BUFFER + offsetof<Clock>() + ((<usize>id) << 3));
}

export function loadClock(): void {
  const clock = changetype<Clock>(BUFFER);
  forgetWatch();
  dropAllCode();
  machine.sliceEnd = clock.steps;
  for (let i: u32 = 0; i < machine.cpuCount; i++) cpuAt(i).left = 0;
  machine.vnsBase = clock.vnsBase;
  machine.nsShift = <u32>clock.nsShift;
  machine.rtcBase = clock.rtcBase;
  machine.seed = clock.seed;
  machine.htifAddress = clock.htifAddress;
  machine.exitCode = <u32>clock.exitCode;
  machine.stopRequest = 0;
  machine.backendHold = 0;
  if (clock.htifAddress) watchPage(ramPointer(clock.htifAddress, 1) & ~(<usize>0xfff));
  atomic.store<u64>(MACHINE_BASE + CONTROL_STEPS, clock.steps);
}

export function saveDevices(): void {
  memory.copy(BUFFER, DEVICES_BASE, DEVICES_USED);
}

/** 0 when this machine's devices could be in that state, else 1 + the number of the one at fault. */
export function checkDevices(): u32 {
  return devicesAtFault(BUFFER);
}

/** Pointer behind the list at requestList() of what the host works on for the devices in the transfer buffer. */
export function listDeviceRequests(): usize {
  return listRequests(BUFFER, REQUESTS);
}

export function requestList(): usize {
  return REQUESTS;
}

export function loadDevices(): void {
  memory.copy(DEVICES_BASE, BUFFER, DEVICES_USED);
}

export function saveCpu(cpu: u32): void {
  fetchImage(cpu, BUFFER);
  saveHidden(cpu, HIDDEN_AT);
  saveTlb(changetype<usize>(cpuAt(cpu)), TLB_AT);
}

/** SYNC_OK when vCPU `cpu` could be so after `at` steps; else an error of the sync, with SLOT_FAULT_*, or 0xff. */
export function checkCpu(cpu: u32, at: u64): u32 {
  const error = judgeImage(cpu, BUFFER);
  if (error != SYNC_OK) return error;
  return checkHidden(HIDDEN_AT, BUFFER - CPU_BYTES, at) && checkTlb(TLB_AT) ? SYNC_OK : CPU_AT_FAULT;
}

export function loadCpu(cpu: u32): u32 {
  const error = storeImage(cpu, BUFFER);
  if (error != SYNC_OK) return error;
  loadHidden(cpu, HIDDEN_AT);
  loadTlb(changetype<usize>(cpuAt(cpu)), TLB_AT);
  return SYNC_OK;
}

/** Sets the events as they were (loading has scheduled some anew), then has the devices drive the CPUs' lines. */
export function finishLoad(): void {
  for (let id: u32 = 0; id < EVENT_COUNT; id++) schedule(id, deadline(id));
  driveCpuLines();
}
