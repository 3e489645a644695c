import { finished, type Writable } from 'node:stream';

import { Deferred } from '../base/deferred.ts';
import { FLAG, having } from '../base/option-kinds.ts';
import { checkArgument, judgedBy, optionsOf } from '../base/public-function.ts';
import type { OptionTable } from '../base/read-options.ts';
import { MisuseError } from '../errors/errors.ts';
import { toError } from '../errors/foreign.ts';
import { PIECES } from './blob-content.ts';
import type { BlobReport } from './blob-meter.ts';
import { type BlobSource, type IncomingBlob, receive } from './incoming-blob.ts';
import {
  RECEIVE_BLOB_OPTIONS,
  type ReceiveBlobOptions,
  resolveReceiving,
} from './receive-options.ts';

/** Options of receiving into a Writable. */
export interface ReceiveIntoOptions extends ReceiveBlobOptions {
  /**
   * Whether to end the Writable behind the last byte, and to destroy it at a failure. @default true
   */
  readonly end?: boolean | undefined;
}

const RECEIVE_INTO_OPTIONS: OptionTable<ReceiveIntoOptions> = Object.freeze({
  ...RECEIVE_BLOB_OPTIONS,
  end: FLAG,
});

const WRITABLE = having('a Node Writable', ['write', 'end', 'on', 'destroy']);

/**
 * Receives a blob into a Node Writable, at its pace: the next chunk is read when it has drained.
 * Resolves when the Writable has finished, or with `end: false` when it has taken the last chunk.
 *
 * When either side fails, or `signal` fires, the other side is told. Bytes that were written stay
 * written.
 *
 * @throws as `receiveBytes`, and the Writable's error.
 *
 * Source: nats-micro's `RecvToWriter`.
 */
export async function receiveInto(
  source: BlobSource,
  writable: Writable,
  options: ReceiveIntoOptions = {},
): Promise<BlobReport> {
  checkArgument('receiveInto', 'source', source, PIECES);
  checkArgument('receiveInto', 'writable', writable, WRITABLE);
  const own = optionsOf('receiveInto', options, RECEIVE_INTO_OPTIONS);
  const receiving = judgedBy('receiveInto', () => resolveReceiving(own, Infinity));
  // A Writable may keep its chunks.
  return await receive(source, receiving, (blob) => pour(blob, writable, own.end ?? true), 'own');
}

async function pour(blob: IncomingBlob, writable: Writable, isToEnd: boolean): Promise<void> {
  const { interruption } = blob;
  const finish = new Deferred();
  let hasEnded = false;
  let room = new Deferred();
  const onDrain = (): void => {
    room.resolve();
    room = new Deferred();
  };
  writable.on('drain', onDrain);
  const forget = finished(writable, { readable: false }, (error) => {
    if (error !== null && error !== undefined) finish.reject(error);
    else if (hasEnded) finish.resolve();
    else finish.reject(new MisuseError('somebody else has ended the Writable', 'stream'));
  });
  finish.promise.catch((error: unknown) => interruption.interrupt(error));
  try {
    await blob.drain((chunk) =>
      writable.write(chunk) ? undefined : interruption.wait(() => room.promise),
    );
    if (!isToEnd) return;
    hasEnded = true;
    writable.end();
    await interruption.wait(() => finish.promise);
  } catch (error) {
    if (isToEnd) abortWritable(writable, error);
    throw error;
  } finally {
    writable.off('drain', onDrain);
    forget();
  }
}

/** The caller gets the error, so it need not listen to the Writable's errors as well. */
function abortWritable(writable: Writable, error: unknown): void {
  writable.once('error', () => {});
  writable.destroy(toError(error));
}
