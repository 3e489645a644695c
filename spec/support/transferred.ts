/** Takes the memory of bytes away, as `postMessage(bytes, [bytes.buffer])` does. */
export function transfer(bytes: Uint8Array): void {
  structuredClone(bytes.buffer, { transfer: [bytes.buffer as ArrayBuffer] });
}

/** Bytes without their memory. */
export function transferred(length: number = 4): Uint8Array {
  const bytes = new Uint8Array(length).fill(7);
  transfer(bytes);
  return bytes;
}
