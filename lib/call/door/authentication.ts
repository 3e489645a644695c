import { capabilitiesOf } from '../../connection/handshake/capabilities.ts';
import type { Extension } from '../../connection/handshake/extension.ts';
import { encodeRefusal } from '../../connection/handshake/refusal.ts';
import type { Refusal } from '../../connection/handshake/resume-record.ts';
import type { Link } from '../../connection/link/link.ts';
import { readField } from '../../errors/foreign.ts';
import type { AcceptorOptions } from './acceptor-options.ts';
import { msUntilExpiry } from '../server/principal-expiry.ts';

/** A client that is told why it is not let in. */
export interface RefusedClient {
  readonly link: Link;
  /** Undefined if it does not speak our extension. */
  readonly extension: Extension | undefined;
  /** The version of it that this server speaks. */
  readonly ownVersion: number;
}

/** Tells a client why it is not let in, if it can be told. */
export function tellRefusal(client: RefusedClient, refusal: Refusal): void {
  const { link, extension, ownVersion } = client;
  if (extension === undefined || link.phase !== 'open') return;
  const { resume: hasReasons } = capabilitiesOf(extension.version, ownVersion);
  if (hasReasons) link.writer.writeUncompressed(encodeRefusal(refusal, ownVersion));
  else if (refusal.why === 'principal') {
    link.writer.writeUncompressed(encodeRefusal(undefined, ownVersion));
  }
}

/**
 * Asks the hook for the principal of a client. A refused client is told so if it speaks our
 * extension, and if another try would change nothing: a hook that throws an error with
 * `retryable: true` only failed to find out. One that also says `retryAfterMs` has no room for the
 * client until then. A principal that has expired is refused as well.
 *
 * @throws the hook's error, or one for an expired principal.
 */
export async function authenticate(
  hook: AcceptorOptions['authenticate'],
  client: RefusedClient,
): Promise<unknown> {
  try {
    const principal = await hook?.({ peer: client.link.peer, token: client.extension?.token });
    const leftMs = msUntilExpiry(principal);
    if (leftMs !== undefined && leftMs <= 0) throw new Error('the principal has expired');
    return principal;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) tellRefusal(client, refusal);
    throw error;
  }
}

/** What a client is told of an error of the hook; undefined for nothing. */
function refusalOf(error: unknown): Refusal | undefined {
  if (readField(error, 'retryable') !== true) return { why: 'principal' };
  const retryAfterMs = readField(error, 'retryAfterMs');
  if (typeof retryAfterMs !== 'number' || !(retryAfterMs >= 0)) return undefined;
  const wholeMs = Math.ceil(retryAfterMs);
  return Number.isSafeInteger(wholeMs) ? { why: 'full', retryAfterMs: wholeMs } : undefined;
}
