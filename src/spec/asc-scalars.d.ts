// The integer type names of AssemblyScript, for scalar files that both compilers read.
declare type i32 = number;
declare type u32 = number;
