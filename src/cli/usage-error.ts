/** The command line is wrong, or asks for what is not supported: one line on stderr, exit status 2. */
export class UsageError extends Error {}
