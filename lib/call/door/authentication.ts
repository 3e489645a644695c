import type { Extension } from '../../connection/handshake/extension.ts';
import { encodeRefusal } from '../../connection/handshake/refusal.ts';
import type { Link } from '../../connection/link/link.ts';
import { readField } from '../../errors/foreign.ts';
import type { AcceptorOptions } from './acceptor-options.ts';

/**
 * Asks the hook for the principal of a client. A refused client is told so if it speaks our
 * extension, and if another try would change nothing: a hook that throws an error with
 * `retryable: true` only failed to find out.
 *
 * @throws the hook's error.
 */
export async function authenticate(
  hook: AcceptorOptions['authenticate'],
  link: Link,
  extension: Extension | undefined,
): Promise<unknown> {
  try {
    return await hook?.({ peer: link.peer, token: extension?.token });
  } catch (error) {
    const isTold = extension !== undefined && readField(error, 'retryable') !== true;
    if (isTold && link.phase === 'open') link.writer.writeUncompressed(encodeRefusal());
    throw error;
  }
}
