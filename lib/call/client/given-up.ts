import { cancelPath, firstReason } from '../../base/cancel-path.ts';
import { encodeCancel } from '../../document/cancel-document.ts';
import type { Environment } from '../../settings/environment.ts';
import type { CallCancel } from '../../wire/main-message.ts';

/** Tells the server that the caller of this call has given it up, and why. */
export function givenUp(
  messageId: number,
  error: Error,
  { processName }: Pick<Environment, 'processName'>,
): CallCancel {
  const cancel = { reason: firstReason(error), path: cancelPath(error, processName) };
  return { kind: 'call-cancel', messageId, reason: encodeCancel(cancel) };
}
