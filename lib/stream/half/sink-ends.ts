import type { Clock } from '../../base/clock.ts';
import { judgeWait, waitWithin, type WaitSubject } from '../../base/waiting.ts';
import { MessageTooLargeError, MisuseError, StreamClosedError } from '../../errors/errors.ts';
import type { WaitOptions } from '../../types/sink-source.ts';

const FLUSH: WaitSubject = { what: 'the flush', scope: 'stream' };
const CONFIRMATION: WaitSubject = { what: 'the confirmation', scope: 'stream' };

/** Waits for a flush, within the options of the sink's user. */
export function flushWithin(
  flushed: Promise<void>,
  clock: Clock,
  options: WaitOptions | undefined,
): Promise<void> {
  return waitWithin(flushed, clock, options, FLUSH);
}

/**
 * Closes a sink and waits for the confirmation, within the options of its user.
 *
 * @param close - does both.
 * @throws OptionError before the sink is closed.
 */
export async function confirmWithin(
  close: () => Promise<void>,
  clock: Clock,
  options: WaitOptions | undefined,
): Promise<void> {
  const over = judgeWait(options, CONFIRMATION);
  if (over !== undefined && over.code === 'ERR_OPTION') throw over;
  await waitWithin(close(), clock, options, CONFIRMATION);
}

/** The reason of a sink that its user has dropped. */
export function dropped(): MisuseError {
  return new MisuseError('the sink was dropped without close or abort', 'stream');
}

/** The end of a sink that was closed and then aborted. */
export function abortedBeforeEnd(reason: unknown): StreamClosedError {
  const text = 'the sink was aborted before its end of stream was out';
  return new StreamClosedError(text, 'local', reason);
}

/** The error for a message above `limits.maxStreamMessageBytes`. */
export function messageTooLarge(bytes: number, limit: number): MessageTooLargeError {
  return new MessageTooLargeError(bytes, limit, 'maxStreamMessageBytes', 'stream', 'local');
}
