/** What a generator makes: a file below wasm-core/generated/. */
export interface GeneratedFile {
  /** Relative to wasm-core/generated/. */
  readonly path: string;
  readonly text: string;
}

/** First line of a generated file. */
export function header(source: string): string {
  return `// Generated from ${source}; not to be edited.`;
}
