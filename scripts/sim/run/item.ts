import { bytes, packed, raw, type TupleSerializer } from '../../../lib/layout.ts';
import type { Flow, Layout } from '../plan/plan.ts';

/** An item of a stream. It says which stream it belongs to, so that a stray one shows. */
export interface Item {
  readonly operation: number;
  readonly stream: string;
  readonly index: number;
  readonly pad: Uint8Array;
}

/** An item as it is sent: a record, or bytes that hold one. */
export type SentItem = Item | Uint8Array;

/** Operation, index, and length of the stream's name. */
const HEADER_BYTES = 9;
const INDEX_AT = 4;
const NAME_LENGTH_AT = 8;

/** Bytes that are too few for an item. */
const NO_ITEM: Item = { operation: -1, stream: '', index: -1, pad: new Uint8Array() };

const PACKED = packed(bytes);

/** The serializer of a stream; undefined for that of the connection. */
export function serializerOf<T>(layout: Layout | undefined): TupleSerializer<[T]> | undefined {
  // The items of such a stream are bytes.
  if (layout === 'raw') return raw as unknown as TupleSerializer<[T]>;
  if (layout === 'packed') return PACKED as unknown as TupleSerializer<[T]>;
  return undefined;
}

/** The layout of a stream. What is read into a buffer has to be bytes. */
export function layoutOf({
  layout,
  reading,
}: Pick<Flow, 'layout' | 'reading'>): Layout | undefined {
  return layout ?? (reading === 'into' || reading === 'mixed' ? 'bson' : undefined);
}

export function makeItem(operation: number, stream: string, index: number, size: number): Item {
  return { operation, stream, index, pad: Buffer.alloc(size, operation * 16 + index) };
}

/** Whether an item came as it was made. */
export function isRightItem(item: Item, operation: number, stream: string, size: number): boolean {
  if (item.operation !== operation || item.stream !== stream) return false;
  const { pad } = makeItem(operation, stream, item.index, size);
  return Buffer.compare(pad, Buffer.from(item.pad)) === 0;
}

/** Bytes of an item in a stream of bytes. */
export function itemBytes(stream: string, size: number): number {
  return HEADER_BYTES + stream.length + size;
}

/** The item as its stream takes it. */
export function toSent(item: Item, layout: Layout | undefined): SentItem {
  if (layout === undefined) return item;
  const { operation, stream, index, pad } = item;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(operation);
  header.writeUInt32LE(index, INDEX_AT);
  header.writeUInt8(stream.length, NAME_LENGTH_AT);
  return Buffer.concat([header, Buffer.from(stream, 'latin1'), pad]);
}

/** The item in what has come. Its bytes are a view. */
export function itemOf(sent: SentItem): Item {
  if (!(sent instanceof Uint8Array)) return sent;
  const { buffer, byteOffset, length } = sent;
  if (length < HEADER_BYTES) return NO_ITEM;
  const all = Buffer.from(buffer, byteOffset, length);
  const padAt = HEADER_BYTES + all.readUInt8(NAME_LENGTH_AT);
  return {
    operation: all.readUInt32LE(0),
    stream: all.toString('latin1', HEADER_BYTES, padAt),
    index: all.readUInt32LE(INDEX_AT),
    pad: all.subarray(padAt),
  };
}
