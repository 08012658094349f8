export function conditionOf(_bytes: Uint8Array, _registerName: (n: number) => string | null): string {
  throw new Error("conditions are not supported yet");
}
