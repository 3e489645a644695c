/** Bytes of a frame and what they mean. */
export type Field = readonly [byteCount: number, meaning: string];

const BYTES_PER_LINE = 16;
const HEX_WIDTH = BYTES_PER_LINE * 3;

/**
 * Shows bytes in hex, field by field, with what each means behind it.
 *
 * @throws Error unless the fields take exactly all bytes.
 */
export function hexDump(bytes: Uint8Array, fields: readonly Field[]): string {
  const lines: string[] = [];
  let at = 0;
  for (const [byteCount, meaning] of fields) {
    lines.push(...dumpField(bytes.subarray(at, at + byteCount), meaning));
    at += byteCount;
  }
  if (at !== bytes.length) {
    throw new Error(`the fields take ${at} bytes of ${bytes.length}: ${hexOf(bytes)}`);
  }
  return lines.join('\n');
}

function dumpField(bytes: Uint8Array, meaning: string): string[] {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += BYTES_PER_LINE) {
    lines.push(hexOf(bytes.subarray(at, at + BYTES_PER_LINE)));
  }
  return lines.map((hex, index) => (index === 0 ? `${hex.padEnd(HEX_WIDTH)} ${meaning}` : hex));
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(' ');
}
