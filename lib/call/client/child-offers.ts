import type { Random } from '../../base/random.ts';
import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { encodeExtension } from '../../connection/handshake/extension.ts';
import { Prover } from '../../connection/handshake/proof.ts';
import type { Features } from '../../wire/feature.ts';

/**
 * The offers of one main connection's children. They repeat the offer of the main connection,
 * without TIMEOUT and the token.
 */
export class ChildOffers {
  /** The offer without our extension. */
  readonly #plain: Features;
  readonly #hasExtension: boolean;
  /** Undefined if the server gave no session. */
  readonly #prover: Prover | undefined;

  /**
   * @param offer - the offer of the main connection.
   * @param main - the outcome of its negotiation.
   */
  constructor(offer: Features, main: AgreedWithId, random: Random) {
    const { capabilities, connectionId, session } = main;
    const { compress, isolation, hasHandlerDuration } = offer;
    const common = { compress, isolation, hasHandlerDuration };
    this.#plain = { ...common, hasTimeout: false, streamParent: connectionId };
    this.#hasExtension = capabilities.confirmations;
    this.#prover = session && new Prover(session, connectionId, random);
  }

  /**
   * The offer of one child. It must be sent at once, because its proof is good for one dial only.
   *
   * @param isLane - whether the child is to carry value streams.
   */
  next(isLane: boolean): Features {
    if (!this.#hasExtension) return this.#plain;
    const proof = this.#prover?.prove('child');
    return { ...this.#plain, extension: encodeExtension({ proof, isLane }) };
  }
}
