import { OptionError } from '../errors/errors.ts';

import { checkArgument } from '../base/public-function.ts';
import { COMPRESSION, type CompressorFactory } from './compressor.ts';

/**
 * Offers several compressors, the preferred first. A server follows the client's order. A client
 * accepts only a name that it has itself.
 *
 * Source: Seastar's `multi_algo_compressor_factory`.
 *
 * @throws OptionError without a factory, MisuseError for what is none.
 */
export function multiCompressor(...factories: CompressorFactory[]): CompressorFactory {
  if (factories.length === 0) {
    throw new OptionError('compression', 'multiCompressor needs at least one factory');
  }
  for (const factory of factories) {
    checkArgument('multiCompressor', 'each factory', factory, COMPRESSION);
  }
  return Object.freeze({
    supported: factories.map((factory) => factory.supported).join(','),
    negotiate: (feature: string, isServer: boolean, sendEmptyFrame: () => void) => {
      // A client's offer is a list. A server's answer is one name, so a list in it matches no
      // factory.
      const names = isServer ? feature.split(',') : [feature];
      for (const name of names) {
        for (const factory of factories) {
          const compressor = factory.negotiate(name, isServer, sendEmptyFrame);
          if (compressor !== undefined) return compressor;
        }
      }
      return undefined;
    },
  });
}
