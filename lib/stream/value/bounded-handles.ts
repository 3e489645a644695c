import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';

/** A stream that comes in a value, before it is read. */
interface BoundableStream<B> {
  bound(bounds: B): void;
}

/** The handles of a stream's items. The streams in these items have the limits of that stream. */
export function boundedHandles<B>(inner: StreamHandles, bounds: B): StreamHandles {
  return {
    describe: (handle) => inner.describe(handle),
    resolve: (id, serializer) => inner.resolve(id, serializer),
    serializerNamed: (name, own) => inner.serializerNamed(name, own),
    offer: (stream) => inner.offer(stream),
    accept(number: number, serializer: Serializer): object {
      const stream = inner.accept(number, serializer);
      if (isBoundable<B>(stream)) stream.bound(bounds);
      return stream;
    },
  };
}

function isBoundable<B>(stream: object): stream is BoundableStream<B> {
  return 'bound' in stream && typeof stream.bound === 'function';
}
