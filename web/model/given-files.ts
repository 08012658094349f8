/** Files with debug information or sources that somebody picks or drops for the program that runs. */
import type { MachineModel } from "./machine-model.ts";
import { type GivenSource, readSource } from "./source-texts.ts";

type GivenFile = Pick<File, "name" | "size" | "arrayBuffer" | "slice"> & { readonly webkitRelativePath?: string };

/** `shown`: the source on show, which one of them may be. Answers what became of each, in sentences. */
export async function giveFiles(
  machine: MachineModel,
  files: readonly GivenFile[],
  shown: string | null,
): Promise<{ readonly done: string | null; readonly trouble: string | null }> {
  const done: string[] = [];
  const trouble: string[] = [];
  const sources: GivenSource[] = [];
  for (const file of files) {
    try {
      const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
      if (head[0] === 0x7f && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46) {
        const program = await machine.programs.give(file.name, new Uint8Array(await file.arrayBuffer()));
        if (program.symbols.symbols.length > 0) await machine.symbols.add(program.symbols);
        const count = program.lines.files.length;
        done.push(count === 0 ? `${file.name}: no lines of sources` : `${file.name}: lines of ${count} sources`);
      } else {
        sources.push(await readSource(file, file.webkitRelativePath || file.name));
        done.push(file.name);
      }
    } catch (error) {
      trouble.push(`${file.name} is not used: ${(error as Error).message}.`);
    }
  }
  if (sources.length > 0) machine.sources.give(sources, shown);
  return {
    done: done.length === 0 ? null : `Added: ${done.join(", ")}.`,
    trouble: trouble.length === 0 ? null : trouble.join(" "),
  };
}
