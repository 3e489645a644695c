import type { Compressor } from '../../compression/compressor.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Features } from '../../wire/feature.ts';
import { type Capabilities, capabilitiesOf } from './capabilities.ts';
import type { Extension } from './extension.ts';
import type { SessionKey } from './proof.ts';

/** The outcome of the negotiation of one connection. */
export interface Agreed {
  /** Whether we accepted the connection; otherwise we dialed it. */
  readonly isAccepted: boolean;
  /**
   * The id that the server gave the connection; undefined at a client if the server has no
   * streaming.
   */
  readonly connectionId: bigint | undefined;
  /** Every frame goes through the compressor; undefined for none. */
  readonly compressor: Compressor | undefined;
  /** The serializer of all values that name no other. */
  readonly serializer: Serializer;
  /** Whether requests say how much time they have left. */
  readonly hasTimeout: boolean;
  /** Whether replies say how long their handlers took. */
  readonly hasHandlerDuration: boolean;
  /** The abilities beyond Seastar's wire that both ends have. */
  readonly capabilities: Capabilities;
  /**
   * Children of the connection prove that they know the session; undefined if they need no proof.
   */
  readonly session: SessionKey | undefined;
  /** Set at a client if the server goes on with its session. */
  readonly resumed?: Extension['resumed'];
  /** Milliseconds that the server keeps the session without a connection; undefined if it does not. */
  readonly keepMs?: number | undefined;
  /** Of a child: the answer to its resumable stream; undefined if it carries none. */
  readonly stream?: Extension['stream'];
}

/** The outcome for a connection that has an id. */
export interface AgreedWithId extends Agreed {
  readonly connectionId: bigint;
}

/** Whether the server has given the connection an id. */
export function hasId(agreed: Agreed): agreed is AgreedWithId {
  return agreed.connectionId !== undefined;
}

/**
 * Makes the outcome of a negotiation.
 *
 * @param answer - the server's answer.
 * @param extension - the version of our extension that both sides use, and the server's session.
 * @param own - the facts that this end knows without the peer.
 */
export function agreedOn(
  answer: Features,
  extension: Pick<Extension, 'version' | 'session' | 'resumed' | 'keepMs' | 'stream'> | undefined,
  own: Pick<Agreed, 'isAccepted' | 'compressor' | 'serializer'>,
): Agreed {
  const version = extension?.version ?? 0;
  return {
    // Spelled out, as spreading takes several times as long (`open.cold`).
    isAccepted: own.isAccepted,
    compressor: own.compressor,
    serializer: own.serializer,
    connectionId: answer.connectionId,
    hasTimeout: answer.hasTimeout,
    hasHandlerDuration: answer.hasHandlerDuration,
    capabilities: capabilitiesOf(version, version),
    session: extension?.session,
    resumed: extension?.resumed,
    keepMs: extension?.keepMs,
    stream: extension?.stream,
  };
}
