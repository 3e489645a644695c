import type { Serializer } from '../../serializer/serializer.ts';

/** Whether there is a stream anywhere in what a serializer is to write. */
export function holdsStream<T extends unknown[]>(serializer: Serializer<T>, tuple: T): boolean {
  return (serializer.streamsIn?.(tuple).length ?? 0) > 0;
}
