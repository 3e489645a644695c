import { ByteWriter } from '../../base/byte-writer.ts';
import { SlabPool } from '../../base/slab-pool.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import { resultToTuple } from '../../verb/verb.ts';
import { discardSource } from './item-producer.ts';
import { LocalValueStream } from './local-value-stream.ts';

const NOBODY: StreamHandles = Object.freeze<StreamHandles>({
  describe: () => ({ id: 0n, serializer: '' }),
  resolve: () => ({}),
  serializerNamed: (_name, own) => own,
  offer(stream: object) {
    if (stream instanceof LocalValueStream) stream.discard();
    else discardSource(stream);
    return { number: 0, serializer: '' };
  },
  accept: () => ({}),
});

/** Releases the streams in a result that nobody gets; see {@link discardArguments}. */
export function discardStreams(serializer: Serializer, result: unknown): void {
  if (isObject(result)) discardArguments(serializer, resultToTuple(serializer, result));
}

/**
 * Releases the streams in values that are not sent: there is no one else who could. Streams behind
 * what can't be sent are not found. Never throws.
 */
export function discardArguments(serializer: Serializer, tuple: unknown[]): void {
  if (!tuple.some(isObject)) return;
  try {
    serializer.encode(tuple, new ByteWriter(new SlabPool()), NOBODY);
  } catch {
    // So it was not sent.
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
