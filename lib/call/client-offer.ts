import type { CompressorFactory } from '../compression/compressor.ts';
import { encodeExtension, EXTENSION_VERSION } from '../connection/extension.ts';
import type { Features } from '../wire/feature.ts';

/** What a client offers while it negotiates. */
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

/**
 * The offer of a child connection, which repeats that of its parent but for TIMEOUT and the token.
 *
 * @param hasExtension - whether the parent has agreed on our extension.
 */
export function childOffer(
  options: OfferOptions,
  streamParent: bigint,
  hasExtension: boolean,
): Features {
  return {
    ...commonOffer(options),
    hasTimeout: false,
    streamParent,
    extension: hasExtension ? encodeExtension({ version: EXTENSION_VERSION }) : undefined,
  };
}

function commonOffer(options: OfferOptions): Omit<Features, 'hasTimeout'> {
  const { isolationCookie: cookie } = options;
  return {
    compress: options.compression?.supported,
    isolation: cookie === undefined || cookie === '' ? undefined : Buffer.from(cookie, 'utf8'),
    hasHandlerDuration: options.hasHandlerDuration,
  };
}
