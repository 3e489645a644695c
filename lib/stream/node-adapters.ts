import { Readable, Writable } from 'node:stream';
import type { Sink, Source } from '../stream-types.ts';

/** A tuple for what was written to a stream of single values. */
export function toTuple<T extends unknown[]>(chunk: unknown, arity: number | undefined): T {
  const isTuple = arity === undefined ? Array.isArray(chunk) : arity !== 1;
  return (isTuple ? chunk : [chunk]) as T;
}

/** The single value of a one-member tuple, or the tuple. */
export function fromTuple(message: unknown[]): unknown {
  return message.length === 1 ? message[0] : message;
}

/**
 * A Readable that reads when it is pulled, so that its consumer's pace reaches the peer. Destroying
 * it early cancels the source.
 */
export function sourceToReadable<T extends unknown[]>(source: Source<T>): Readable {
  return new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      source.read().then(
        (message) => void this.push(message === undefined ? null : fromTuple(message)),
        (error: unknown) => void this.destroy(error as Error),
      );
    },
    destroy(error, callback) {
      source.cancel(error ?? undefined);
      callback(error);
    },
  });
}

/**
 * A Writable whose callbacks wait for room in the sink, and whose end is end of stream. Destroying it
 * early aborts the sink.
 */
export function sinkToWritable<T extends unknown[]>(
  sink: Sink<T>,
  arity: number | undefined,
): Writable {
  let isClosed = false;
  return new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(chunk, _encoding, callback) {
      try {
        const room = sink.send(...toTuple<T>(chunk, arity));
        if (room === undefined) callback();
        else room.then(() => callback(), callback);
      } catch (error) {
        callback(error as Error);
      }
    },
    final(callback) {
      isClosed = true;
      sink.close().then(() => callback(), callback);
    },
    destroy(error, callback) {
      if (!isClosed) sink.abort(error ?? new Error('the writable was destroyed'));
      callback(error);
    },
  });
}
