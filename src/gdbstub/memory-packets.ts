/** Memory for gdb: packets m, M, x and X, by virtual address, or by physical address in QEMU's mode for that. */
import type { DebuggedMachine } from "./debugged-machine.ts";
import { bytesOfHex, countOfHex, hexOf, numberOfHex } from "./hex.ts";
import { bytesOfCharacters, charactersOfBytes, PACKET_BYTES } from "./packet.ts";
import { ERROR, InvalidPacket, OK } from "./reply.ts";

/** So many bytes fit a reply: as digits, and as they are if each must be escaped. */
const MOST_BYTES = PACKET_BYTES / 2 - 8;
const PAGE = 0x1000n;

export class MemoryPackets {
  /** Qqemu.PhyMemMode: addresses are physical. */
  physical = false;

  constructor(private readonly machine: DebuggedMachine) {}

  /** Bytes at `address` as the CPU sees them. */
  read(cpu: number, address: bigint, length: number): Promise<Uint8Array> {
    if (this.physical) return this.machine.readMemory(address, length);
    return this.machine.readVirtual(address, length, { cpu });
  }

  /** "m address,length" in digits; less than was asked for where memory ends. */
  async readHex(cpu: number, operands: string): Promise<string> {
    const bytes = await this.readAsFarAsPossible(cpu, ...parseRange(operands));
    return bytes === null ? ERROR.fault : hexOf(bytes);
  }

  /** "x address,length": the bytes themselves behind a b. */
  async readBinary(cpu: number, operands: string): Promise<string> {
    const bytes = await this.readAsFarAsPossible(cpu, ...parseRange(operands));
    return bytes === null ? ERROR.fault : `b${charactersOfBytes(bytes)}`;
  }

  /** "M address,length:digits" */
  async writeHex(cpu: number, operands: string): Promise<string> {
    const [range, digits] = split(operands);
    return this.write(cpu, range, bytesOfHex(digits));
  }

  /** "X address,length:bytes" */
  async writeBinary(cpu: number, operands: string): Promise<string> {
    const [range, characters] = split(operands);
    return this.write(cpu, range, bytesOfCharacters(characters));
  }

  private async write(cpu: number, range: string, bytes: Uint8Array | null): Promise<string> {
    const [address, length] = parseRange(range);
    if (bytes === null || bytes.length !== length) throw new InvalidPacket(range);
    if (length === 0) return OK;
    try {
      if (this.physical) await this.machine.writeMemory(address, bytes);
      else await this.machine.writeVirtual(address, bytes, { cpu });
      return OK;
    } catch {
      return ERROR.fault;
    }
  }

  /** Null if not even the first byte is there. */
  private async readAsFarAsPossible(cpu: number, address: bigint, length: number): Promise<Uint8Array | null> {
    const wanted = Math.min(length, MOST_BYTES);
    if (wanted === 0) return new Uint8Array();
    const whole = await this.tryRead(cpu, address, wanted);
    if (whole !== null) return whole;
    const parts: number[] = [];
    for (let at = address; at < address + BigInt(wanted); ) {
      const pageEnd = (at / PAGE + 1n) * PAGE;
      const end = pageEnd < address + BigInt(wanted) ? pageEnd : address + BigInt(wanted);
      const part = await this.tryRead(cpu, at, Number(end - at));
      if (part === null) break;
      parts.push(...part);
      at = end;
    }
    return parts.length === 0 ? null : Uint8Array.from(parts);
  }

  private async tryRead(cpu: number, address: bigint, length: number): Promise<Uint8Array | null> {
    try {
      return await this.read(cpu, address, length);
    } catch {
      // Why, gdb would not understand: answers to these packets have no words.
      return null;
    }
  }
}

function parseRange(text: string): [address: bigint, length: number] {
  const [first = "", second = "", more] = text.split(",");
  const address = numberOfHex(first);
  const length = countOfHex(second);
  if (address === null || length === null || more !== undefined) throw new InvalidPacket(text);
  return [address, length];
}

function split(operands: string): [range: string, data: string] {
  const colon = operands.indexOf(":");
  if (colon < 0) throw new InvalidPacket(operands);
  return [operands.slice(0, colon), operands.slice(colon + 1)];
}
