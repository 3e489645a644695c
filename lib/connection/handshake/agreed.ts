import type { Compressor } from '../../compression/compressor.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { Features } from '../../wire/feature.ts';
import { type Capabilities, capabilitiesOf } from './capabilities.ts';
import type { Extension } from './extension.ts';
import type { SessionKey } from './proof.ts';

/** All that both ends of one connection have agreed on. */
export interface Agreed {
  /** Whether we accepted the connection; else we dialed it. */
  readonly isAccepted: boolean;
  /** The id that the server gave the connection; undefined at a client whose server has no streaming. */
  readonly connectionId: bigint | undefined;
  /** Every frame goes through it; undefined for none. */
  readonly compressor: Compressor | undefined;
  /** How values become bytes that name no serializer. */
  readonly serializer: Serializer;
  /** Whether requests say how much time they have left. */
  readonly hasTimeout: boolean;
  /** Whether replies say how long their handlers took. */
  readonly hasHandlerDuration: boolean;
  /** Both ends have these beyond Seastar's wire. */
  readonly capabilities: Capabilities;
  /** Its children prove that they know it; undefined where they need not. */
  readonly session: SessionKey | undefined;
}

/** The same for a connection that has an id. */
export interface AgreedWithId extends Agreed {
  readonly connectionId: bigint;
}

/** Whether the server has given the connection an id. */
export function hasId(agreed: Agreed): agreed is AgreedWithId {
  return agreed.connectionId !== undefined;
}

/**
 * The outcome of a negotiation.
 *
 * @param answer - the server's.
 * @param extension - the version of our extension that holds, and the session that the server gave.
 * @param own - known at this end without the peer.
 */
export function agreedOn(
  answer: Features,
  extension: Pick<Extension, 'version' | 'session'> | undefined,
  own: Pick<Agreed, 'isAccepted' | 'compressor' | 'serializer'>,
): Agreed {
  return {
    ...own,
    connectionId: answer.connectionId,
    hasTimeout: answer.hasTimeout,
    hasHandlerDuration: answer.hasHandlerDuration,
    capabilities: capabilitiesOf(extension?.version ?? 0),
    session: extension?.session,
  };
}
