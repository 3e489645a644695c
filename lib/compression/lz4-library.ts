import { createRequire } from 'node:module';

import { FUNCTION, having } from '../base/option-kinds.ts';
import { optionsOf } from '../base/public-function.ts';
import { type OptionTable, problemWith } from '../base/read-options.ts';
import { OptionError } from '../errors/errors.ts';
import { textOf } from '../errors/foreign.ts';
import { prefixMessage } from '../errors/prefix-message.ts';

/**
 * An LZ4 block codec, as the package `lz4-napi` has it. Sizes are u32, little endian, and stand
 * before the block. With a dictionary, the block may refer back into it as if the dictionary stood
 * before the block.
 *
 * `uncompressSync` must throw rather than read or write out of bounds, or refer to bytes before the
 * start. It may return less than the size says. Results are the caller's: the library never reuses
 * them.
 */
export interface Lz4Library {
  compressSync(data: Buffer, dictionary?: Buffer): Buffer;
  uncompressSync(sizedBlock: Buffer, dictionary?: Buffer): Buffer;
}

/** Options of the LZ4 compressors. */
export interface Lz4Options {
  /** Gives the block codec; called once. Default: loads the optional dependency `lz4-napi`. */
  readonly load?: (() => Lz4Library) | undefined;
}

const LZ4_OPTIONS: OptionTable<Lz4Options> = Object.freeze({ load: FUNCTION });

const LZ4_LIBRARY = having('an object with compressSync and uncompressSync', [
  'compressSync',
  'uncompressSync',
]);

/**
 * @param caller - the public function, for errors.
 * @throws OptionError that says what to install if the codec can't be loaded.
 */
export function loadLz4Library(given: Lz4Options = {}, caller: string = 'lz4'): Lz4Library {
  const options = optionsOf(caller, given, LZ4_OPTIONS);
  const load = options.load ?? requireLz4Napi;
  let library: Lz4Library;
  try {
    library = load();
  } catch (error) {
    throw new OptionError(
      'compression',
      'LZ4 needs the package lz4-napi, which is not installed or has no build for this platform:' +
        ` npm install lz4-napi (${textOf(error)})`,
    );
  }
  const problem = problemWith(library, LZ4_LIBRARY);
  if (problem !== undefined)
    throw prefixMessage(new OptionError('load', `gave no codec: it ${problem}`), caller);
  return library;
}

/**
 * Uses `require`, so that the package is loaded only when LZ4 is asked for, and without a promise.
 */
function requireLz4Napi(): Lz4Library {
  return createRequire(import.meta.url)('lz4-napi') as Lz4Library; // `require` is untyped
}
