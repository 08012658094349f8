/** What a debugger must know of Linux on a target: where its kernel keeps the registers of a process that does not run. */

/** A register and the member of a kernel structure that holds it. */
export interface SavedRegister {
  readonly register: string;
  readonly member: string;
  /** Of a member that is an array: which element. */
  readonly index?: number;
}

export interface LinuxTarget {
  /** What a switch to another process saves in thread_struct; the others are dead at that place. */
  readonly switchFrame: readonly SavedRegister[];
  /** The register among them that says where the process goes on in the kernel. */
  readonly resume: string;
  /** What entering the kernel from a program saves in pt_regs, which lies at the top of the process's kernel stack. */
  readonly userFrame: readonly SavedRegister[];
  /** The register among them that says where the program goes on. */
  readonly userResume: string;
  /** Name of the kernel's code that is entered by a trap: while it calls others, its stack pointer is that of its pt_regs. */
  readonly trapEntry: string;
  /**
   * The kernel's function that goes on as another task: at its return `previous` is the register with the task_struct of the one that
   * ran, `current` that of the one that runs now.
   */
  readonly taskSwitch: { readonly function: string; readonly previous: string; readonly current: string };
  /** pt_regs ends at a multiple of so many bytes below the top of the stack. */
  readonly stackAlignment: number;
}
