/** A shell on a guest's console, driven as a person at the terminal does. */
import type { Machine } from "../../src/worker/node.ts";
import { Transcript } from "../boot/machines.ts";

export class GuestShell {
  private readonly transcript: Transcript;

  constructor(
    private readonly machine: Machine,
    readonly prompt: string,
  ) {
    this.transcript = new Transcript(machine);
  }

  get text(): string {
    return this.transcript.text;
  }

  /** Resolves when the guest has shown its prompt, or another text, for the first time behind `from`. */
  async shows(text = this.prompt, from = 0): Promise<void> {
    await this.transcript.shows(text, from);
  }

  async type(line: string): Promise<void> {
    await this.machine.console.write(`${line}\n`);
  }

  /** What a command prints, and its exit status. */
  async run(line: string): Promise<[string, number]> {
    const from = this.text.length;
    // The shell takes the quotes out, so that the line as it is typed, which it may wrap, is no mark.
    await this.type(`echo "be""gin"; ${line}; echo "sta""tus=$?"`);
    await this.shows("status=", from);
    await this.shows(this.prompt, this.text.indexOf("status=", from));
    const shown = this.text.slice(from).replaceAll("\r", "");
    const [, printed = "", status = ""] = /begin\n([\s\S]*?)status=(\d+)/.exec(shown) ?? [];
    return [printed, Number(status)];
  }
}
