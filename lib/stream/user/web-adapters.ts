import type { Sink, Source } from '../../types/sink-source.ts';
import { fromTuple, toTuple } from './single-values.ts';

/** A WHATWG ReadableStream that reads when it is pulled. Canceling it cancels the source. */
export function sourceToReadableStream<T extends unknown[]>(
  source: Source<T>,
): ReadableStream<T[0]> {
  return new ReadableStream<T[0]>(
    {
      async pull(controller) {
        const message = await source.read();
        if (message === undefined) controller.close();
        else controller.enqueue(fromTuple(message));
      },
      cancel(reason) {
        source.cancel(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/**
 * A WHATWG WritableStream that waits for room in the sink at each write. Closing it is end of
 * stream. A sink that fails errors it, so that an idle producer learns of the failure.
 */
export function sinkToWritableStream<T extends unknown[]>(
  sink: Sink<T>,
  arityOf: () => number | undefined,
): WritableStream<T[0]> {
  return new WritableStream<T[0]>({
    start(controller) {
      // The listener for the sink's end must not keep a stream that nobody holds.
      const held = new WeakRef(controller);
      sink.ended.catch((error: unknown) => held.deref()?.error(error));
    },
    async write(chunk) {
      try {
        await sink.send(...toTuple<T>(chunk, arityOf()));
      } catch (error) {
        // After a failed write a WritableStream calls neither close nor abort.
        sink.abort(error);
        throw error;
      }
    },
    close: () => sink.close(),
    abort(reason) {
      sink.abort(reason);
    },
  });
}
