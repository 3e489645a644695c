import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { encodeExtension } from '../../connection/handshake/extension.ts';
import type { ChildStream } from '../../connection/handshake/resume-record.ts';
import type { Prover } from '../../connection/handshake/proof.ts';
import type { Features } from '../../wire/feature.ts';

/**
 * The offers of one main connection's children. They repeat the offer of the main connection,
 * without TIMEOUT and the token.
 */
export class ChildOffers {
  /** The offer without our extension. */
  readonly #plain: Features;
  readonly #hasExtension: boolean;
  readonly #parentId: bigint;
  /** Undefined if the server gave no session. */
  readonly #prover: Prover | undefined;

  /**
   * @param offer - the offer of the main connection.
   * @param main - the outcome of its negotiation.
   * @param prover - of the session; undefined if the server gave none.
   */
  constructor(offer: Features, main: AgreedWithId, prover: Prover | undefined) {
    const { capabilities, connectionId } = main;
    const { compress, isolation, hasHandlerDuration } = offer;
    const common = { compress, isolation, hasHandlerDuration };
    this.#plain = { ...common, hasTimeout: false, streamParent: connectionId };
    this.#hasExtension = capabilities.confirmations;
    this.#parentId = connectionId;
    this.#prover = prover;
  }

  /**
   * The offer of one child. It must be sent at once, because its proof is good for one dial only.
   *
   * @param isLane - whether the child is to carry value streams.
   * @param stream - the resumable stream that it is to carry; undefined for none.
   */
  next(isLane: boolean, stream?: ChildStream): Features {
    if (!this.#hasExtension) return this.#plain;
    const proof = this.#prover?.prove('child', this.#parentId);
    return { ...this.#plain, extension: encodeExtension({ proof, isLane, stream }) };
  }
}
