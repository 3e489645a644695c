import { Readable, Writable } from 'node:stream';
import { MisuseError } from '../../errors/errors.ts';
import { toError } from '../../errors/foreign.ts';
import type { Sink, Source } from '../../types/sink-source.ts';
import { fromTuple, toTuple } from './single-values.ts';

/**
 * A Readable that reads when it is pulled, so that its consumer's pace reaches the peer. Destroying
 * it early cancels the source. A message of null fails it, because null means the end to a
 * Readable.
 */
export function sourceToReadable<T extends unknown[]>(source: Source<T>): Readable {
  return new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      source.read().then(
        (message) => {
          if (message === undefined) this.push(null);
          else if (isPushable(fromTuple(message))) this.push(fromTuple(message));
          else this.destroy(noValue());
        },
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
 * A Readable of items that are asked for when it is pulled. Destroying it early leaves the iteration.
 * Unlike one that `Readable.from` makes, it never takes that for the end. An item of null or
 * undefined fails it.
 */
export function itemsToReadable(items: AsyncIterator<unknown>): Readable {
  return new Readable({
    objectMode: true,
    highWaterMark: 1,
    read() {
      items.next().then(
        (step) => {
          if (this.destroyed) return;
          if (step.done === true) this.push(null);
          else if (isPushable(step.value)) this.push(step.value);
          else this.destroy(noValue());
        },
        (error: unknown) => void this.destroy(error as Error),
      );
    },
    destroy(error, callback) {
      const left = error === null ? items.return?.() : items.throw?.(error);
      left?.catch(() => {});
      callback(error);
    },
  });
}

function noValue(): MisuseError {
  return new MisuseError('a Readable has no null or undefined', 'stream');
}

function isPushable(value: unknown): boolean {
  return value !== null && value !== undefined;
}

/**
 * A Writable that waits for room in the sink before it calls back. Its end is end of stream.
 * Destroying it early aborts the sink. A sink that fails destroys the Writable, so that an idle
 * producer learns of the failure.
 */
export function sinkToWritable<T extends unknown[]>(
  sink: Sink<T>,
  arityOf: () => number | undefined,
): Writable {
  const writable = new Writable({
    objectMode: true,
    highWaterMark: 1,
    write(chunk, _encoding, callback) {
      try {
        const room = sink.send(...toTuple<T>(chunk, arityOf()));
        if (room === undefined) callback();
        else
          room.then(
            () => callback(),
            (error: unknown) => callback(toError(error)),
          );
      } catch (error) {
        callback(toError(error));
      }
    },
    final(callback) {
      sink.close().then(() => callback(), callback);
    },
    destroy(error, callback) {
      sink.abort(error ?? new Error('the writable was destroyed'));
      callback(error);
    },
  });
  tellFailure(sink, new WeakRef(writable));
  return writable;
}

/**
 * A Writable that nobody holds is dropped with its sink: the listener for the sink's end must not
 * keep it.
 */
function tellFailure({ ended }: Pick<Sink, 'ended'>, writable: WeakRef<Writable>): void {
  ended.catch((error: unknown) => writable.deref()?.destroy(error as Error));
}
