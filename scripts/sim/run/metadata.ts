import { isDeepStrictEqual } from 'node:util';

type Metadata = Readonly<Record<string, string | Uint8Array>>;

/** The metadata, headers and trailers of an operation: text, and bytes for some. */
export function metadataOf(operation: number): Metadata {
  return {
    operation: String(operation),
    ...(operation % 3 === 0 && { note: 'n'.repeat(operation) }),
    ...(operation % 4 === 0 && { token: Uint8Array.from({ length: operation }, (_, at) => at) }),
  };
}

/** Whether metadata came as it was sent, and nothing else with it. */
export function isMetadataOf(operation: number, come: Metadata): boolean {
  const plain = Object.entries(come).map(([name, value]) => {
    return [name, typeof value === 'string' ? value : Uint8Array.from(value)];
  });
  return isDeepStrictEqual(Object.fromEntries(plain), metadataOf(operation));
}
