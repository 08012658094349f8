/** `<vitrine-machine>`: a machine in anybody's page, by one script. */
import { createRoot, type Root } from "react-dom/client";
import type { EmbeddedMachine, EmbeddedState } from "../../src/worker/embedded-machine.ts";
import { createMachine, type Machine } from "../../src/worker/page.ts";
import { browserFrames } from "../model/frame-reader.ts";
import { MachineModel } from "../model/machine-model.ts";
import { RegisterModel } from "../model/register-model.ts";
import { Store } from "../model/store.ts";
import { ATTRIBUTES, type AttributeName, type ElementOptions, readAttributes } from "./attributes.ts";
import { EmbeddedFrame, type ElementView } from "./embedded-frame.tsx";
import { guestNamed, guestsOf, guestToOpen } from "./embedded-guests.ts";
import { adoptStyles } from "./shadow-styles.ts";
import { startSiteWorker } from "./worker-of-site.ts";

/** The script lies in embed/ of the site that has the machines. */
const script = import.meta.url;
const SITE = new URL("../", script);

const NOTHING: ElementOptions = readAttributes(() => null).options;

export class VitrineMachineElement extends HTMLElement implements EmbeddedMachine {
  static readonly observedAttributes: readonly string[] = ATTRIBUTES;

  readonly #view = new Store<ElementView>({ options: NOTHING, guest: null, problems: [] });
  readonly #model: MachineModel;
  #root: Root | null = null;
  #machine: Machine | null = null;
  #guests: ReturnType<typeof guestsOf> | null = null;
  /** Which look at the attributes is the latest: earlier ones give up. */
  #turn = 0;

  constructor() {
    super();
    adoptStyles(this.attachShadow({ mode: "open" }));
    this.#model = new MachineModel(new RegisterModel(["CORE"]), browserFrames, async (options, onState) => {
      const machine = await createMachine(options, onState, startSiteWorker());
      this.#machine = machine;
      return machine;
    });
    this.#model.view.subscribe(() => this.#tell("machinestate", this.state));
    this.#model.console.onOutput((bytes) => this.#tell("machineoutput", bytes));
  }

  get machine(): Machine | null {
    const { kind } = this.state;
    return kind === "running" || kind === "stopped" ? this.#machine : null;
  }

  get state(): EmbeddedState {
    return this.#model.view.get();
  }

  async start(): Promise<Machine> {
    const turn = await this.#look();
    const { options, guest, problems } = this.#view.get();
    if (guest === null || problems.length > 0) throw new Error(problems.join(" ") || "the element has been removed");
    const { memory, append, at } = options;
    const prompt = options.prompt || options.snapshot !== null;
    let toOpen: typeof guest;
    try {
      toOpen = await guestToOpen(guest, options);
    } catch (error) {
      if (turn === this.#turn) this.#view.set({ ...this.#view.get(), problems: [(error as Error).message] });
      throw error;
    }
    await this.#model.open(toOpen, {
      ...(memory !== undefined && { memory }),
      ...(append !== undefined && { append }),
      ...(at !== undefined && { at }),
      ...(prompt && { prompt }),
    });
    const { machine, state } = this;
    if (machine === null)
      throw new Error(state.kind === "failed" ? state.message : "another start has overtaken this one");
    return machine;
  }

  async run(): Promise<void> {
    await this.#model.control.run();
  }

  async pause(): Promise<void> {
    await this.#model.control.pause();
  }

  async reset(): Promise<void> {
    await this.#model.control.reset();
  }

  connectedCallback(): void {
    if (this.#root !== null) return;
    this.#root = createRoot(this.shadowRoot as ShadowRoot);
    this.#root.render(
      <EmbeddedFrame model={this.#model} view={this.#view} onStart={() => void this.start().catch(() => {})} />,
    );
    if (this.hasAttribute("autostart")) void this.start().catch(() => {});
    else void this.#look();
  }

  disconnectedCallback(): void {
    // Who moves an element takes it out and puts it in again at once.
    queueMicrotask(() => {
      if (this.isConnected || this.#root === null) return;
      this.#turn++;
      this.#root.unmount();
      this.#root = null;
      void this.#model.close();
    });
  }

  attributeChangedCallback(): void {
    // Those of the machine count at the next start, the others at once.
    if (this.#root !== null) void this.#look();
  }

  /** Reads the attributes, and finds the machine that they name. Answers which look this is. */
  async #look(): Promise<number> {
    const turn = ++this.#turn;
    const { options, problems } = readAttributes((name: AttributeName) => this.getAttribute(name));
    this.#view.set({ ...this.#view.get(), options, problems });
    try {
      this.#guests ??= guestsOf(SITE);
      const guest = guestNamed(await this.#guests, options.guest);
      if (turn === this.#turn) this.#view.set({ options, guest, problems });
    } catch (error) {
      // What could not be loaded may be there the next time.
      this.#guests = null;
      const all = [...problems, (error as Error).message];
      if (turn === this.#turn) this.#view.set({ options, guest: null, problems: all });
    }
    return turn;
  }

  #tell(type: "machinestate" | "machineoutput", detail: EmbeddedState | Uint8Array): void {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

if (customElements.get("vitrine-machine") === undefined) {
  customElements.define("vitrine-machine", VitrineMachineElement);
}
