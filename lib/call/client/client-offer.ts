import type { CompressorFactory } from '../../compression/compressor.ts';
import {
  encodeExtension,
  type Extension,
  EXTENSION_VERSION,
} from '../../connection/handshake/extension.ts';
import { Prover } from '../../connection/handshake/proof.ts';
import type { Random } from '../../base/random.ts';
import type { Features } from '../../wire/feature.ts';

/** The features that a client offers while it negotiates. */
export interface OfferOptions {
  readonly compression: CompressorFactory | undefined;
  /** Whether to offer TIMEOUT, HANDLER_DURATION and our extension. */
  readonly hasTimeout: boolean;
  readonly hasHandlerDuration: boolean;
  readonly hasExtension: boolean;
  /** For the server's `authenticate` hook; undefined for none. */
  readonly token: string | undefined;
  /** The class of service to ask for; undefined for none. */
  readonly isolationCookie: string | undefined;
}

/** The offer of a main connection. */
export function mainOffer(options: OfferOptions): Features {
  const { hasExtension, token } = options;
  return {
    ...commonOffer(options),
    hasTimeout: options.hasTimeout,
    extension: hasExtension ? encodeExtension({ version: EXTENSION_VERSION, token }) : undefined,
  };
}

/** The offers of one main connection's children, which repeat its own but for TIMEOUT and the token. */
export class ChildOffers {
  readonly #common: Features;
  /** Undefined with a peer that does not speak our extension. */
  readonly #extension: Extension | undefined;
  /** Undefined where the server gave no session. */
  readonly #prover: Prover | undefined;

  /** @param agreed - what the server said to our extension on the main connection; undefined for nothing. */
  constructor(
    options: OfferOptions,
    streamParent: bigint,
    agreed: Extension | undefined,
    random: Random,
  ) {
    this.#common = { ...commonOffer(options), hasTimeout: false, streamParent };
    this.#extension = agreed;
    this.#prover = agreed?.session && new Prover(agreed.session, streamParent, random);
  }

  /**
   * The offer of one child, to be sent at once: its proof is good for one dial.
   *
   * @param isLane - whether the child is to carry value streams.
   */
  next(isLane: boolean): Features {
    if (this.#extension === undefined) return this.#common;
    const proof = this.#prover?.prove('child');
    const extension = encodeExtension({ version: EXTENSION_VERSION, proof, isLane });
    return { ...this.#common, extension };
  }
}

function commonOffer(options: OfferOptions): Omit<Features, 'hasTimeout'> {
  const { isolationCookie: cookie } = options;
  return {
    compress: options.compression?.supported,
    isolation: cookie === undefined || cookie === '' ? undefined : Buffer.from(cookie, 'utf8'),
    hasHandlerDuration: options.hasHandlerDuration,
  };
}
