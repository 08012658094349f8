/** What LLVM 19's assembler and disassembler say of instructions; needs Debian's package llvm-19. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const FEATURES =
  "m a f d c zicsr zifencei zihintpause zba zbb zbc zbs zicbom zicbop zicboz zfhmin svinval zicond zawrs zca zcd zcb"
    .split(" ")
    .map((name) => `+${name}`)
    .join(",");

const run = (tool: string, args: string[], input?: string): string =>
  execFileSync(`${tool}-19`, args, { input, encoding: "utf8", maxBuffer: 2 ** 30, stdio: ["pipe", "pipe", "ignore"] });

/**
 * What llvm-objdump prints for code that begins at address 0: text by address, one space for its tab, without the symbols
 * that it appends to addresses.
 */
export function llvmDisassemble(code: Uint8Array, aliases: boolean): Map<number, string> {
  const folder = mkdtempSync(join(tmpdir(), "llvm-"));
  try {
    const object = join(folder, "code.o");
    writeFileSync(join(folder, "code.bin"), code);
    run("llvm-objcopy", [
      ...["-I", "binary", "-O", "elf64-littleriscv", "--rename-section", ".data=.text,code,alloc"],
      ...[join(folder, "code.bin"), object],
    ]);
    const text = run("llvm-objdump", [
      ...["-d", "-z", "--triple=riscv64", `--mattr=${FEATURES}`, "--no-show-raw-insn"],
      ...(aliases ? [] : ["-M", "no-aliases"]),
      object,
    ]);
    const byAddress = new Map<number, string>();
    for (const line of text.split("\n")) {
      const [, address, insn] = /^ *([0-9a-f]+):\s+(.*?)(?: <_binary.*>)?$/.exec(line) ?? [];
      if (address !== undefined) byAddress.set(Number.parseInt(address, 16), insn.replaceAll("\t", " ").trim());
    }
    return byAddress;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Numbers that the assembler knows control registers by; undefined where it does not know the name. */
export function llvmCsrNumbers(names: readonly string[]): (number | undefined)[] {
  return names.map((name) => {
    try {
      const text = run("llvm-mc", ["--triple=riscv64", "--show-encoding"], `csrrw a0, ${name}, a1\n`);
      const [, low, high] = /encoding: \[0x73,0x95,0x([0-9a-f]{2}),0x([0-9a-f]{2})\]/.exec(text) ?? [];
      return (Number.parseInt(high, 16) << 4) | (Number.parseInt(low, 16) >> 4);
    } catch {
      return undefined;
    }
  });
}
