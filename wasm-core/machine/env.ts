// What an instance of the core is given besides its memory. (The compiler names imports after the file: "env".)

/** Base of this instance's vCPU area (one instance per vCPU shares one memory). */
export declare const cpuBase: usize;
