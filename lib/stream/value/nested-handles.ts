import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';

/** A stream that comes in a value, before it is read. */
interface NestedStream<O> {
  comeWithin(outer: O): void;
}

/** The handles of a stream's items. The streams in these items have its limits, and belong to its call. */
export function nestedHandles<O>(inner: StreamHandles, outer: O): StreamHandles {
  return {
    describe: (handle, declared) => inner.describe(handle, declared),
    resolve: (id, serializer) => inner.resolve(id, serializer),
    serializerNamed: (name, own) => inner.serializerNamed(name, own),
    offer: (stream) => inner.offer(stream),
    accept(number: number, serializer: Serializer): object {
      const stream = inner.accept(number, serializer);
      if (isNested<O>(stream)) stream.comeWithin(outer);
      return stream;
    },
  };
}

function isNested<O>(stream: object): stream is NestedStream<O> {
  return 'comeWithin' in stream && typeof stream.comeWithin === 'function';
}
