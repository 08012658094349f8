// A hash over everything that the future of the machine depends on; equal states give equal hashes, whatever was cached when.
import { DEVICES_BASE, ROM_BASE, ROM_BYTES } from "../../src/spec/abi";
import { DEVICES_USED } from "../generated/board";
import { hashCpu } from "../generated/target";
import { steps } from "./clock";
import { EVENTS_BASE, EVENT_COUNT, machine } from "./machine";

const PRIME_1: u64 = 0x9e3779b97f4a7c15;
const PRIME_2: u64 = 0xbf58476d1ce4e5b9;
const PRIME_3: u64 = 0x94d049bb133111eb;

/** Mixes one value into a hash (the finalizer of splitmix64 over their sum). */
export function mix(hash: u64, value: u64): u64 {
  let z = (hash ^ value) + PRIME_1;
  z = (z ^ (z >> 30)) * PRIME_2;
  z = (z ^ (z >> 27)) * PRIME_3;
  return z ^ (z >> 31);
}

/** Hash of `bytes` bytes (a multiple of 32) at `ptr`, in four independent lanes for speed. */
export function hashRange(ptr: usize, bytes: usize, seed: u64): u64 {
  let a = seed;
  let b = seed + PRIME_1;
  let c = seed + PRIME_2;
  let d = seed + PRIME_3;
  const end = ptr + bytes;
  for (let p = ptr; p < end; p += 32) {
    a = rotl(a ^ load<u64>(p), 29) * PRIME_1;
    b = rotl(b ^ load<u64>(p, 8), 31) * PRIME_2;
    c = rotl(c ^ load<u64>(p, 16), 33) * PRIME_3;
    d = rotl(d ^ load<u64>(p, 24), 37) * PRIME_1;
  }
  return mix(mix(mix(mix(bytes, a), b), c), d);
}

/** Hash of all but RAM: registers of each vCPU with its TLB, devices with their queues, events, clock, boot ROM. */
export function stateHashCore(): u64 {
  let hash = mix(machine.ramBytes, machine.cpuCount);
  hash = mix(hash, steps());
  hash = mix(hash, machine.vnsBase);
  hash = mix(hash, machine.nsShift);
  hash = mix(hash, machine.rtcBase);
  hash = mix(hash, machine.seed);
  hash = mix(hash, machine.htifAddress);
  hash = mix(hash, ((<u64>machine.stopRequest) << 32) | machine.exitCode);
  for (let i: u32 = 0; i < EVENT_COUNT; i++) hash = mix(hash, load<u64>(EVENTS_BASE + (i << 3)));
  for (let i: u32 = 0; i < machine.cpuCount; i++) hash = hashCpu(i, hash);
  hash = hashRange(DEVICES_BASE, (DEVICES_USED + 31) & ~31, hash);
  return hashRange(ROM_BASE, ROM_BYTES, hash);
}
