import { cancelPath, firstReason } from '../../base/cancel-path.ts';
import { encodeCancel } from '../../document/cancel-document.ts';
import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';

/**
 * Tells the producer of a value stream that its reader wants no more.
 *
 * @param cause - the reason; a cancel that is passed on keeps its reason and its path.
 * @param takenItems - for a stream that was open: how many items the reader has taken.
 */
export function streamCancel(
  number: number,
  cause: unknown,
  { processName }: Environment,
  takenItems?: number,
): MainMessage {
  const path = cancelPath(cause, processName);
  const cancel = { reason: firstReason(cause), path, takenItems };
  return { kind: 'stream-cancel', number, reason: encodeCancel(cancel) };
}
