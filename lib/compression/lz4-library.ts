import { createRequire } from 'node:module';

import { FUNCTION } from '../base/option-kinds.ts';
import { type OptionTable, readOptions } from '../base/read-options.ts';
import { OptionError } from '../errors/errors.ts';
import { textOf } from '../errors/foreign.ts';

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

/** @throws OptionError that says what to install if the codec can't be loaded. */
export function loadLz4Library(given: Lz4Options = {}): Lz4Library {
  const options = readOptions(given, LZ4_OPTIONS);
  const load = options.load ?? requireLz4Napi;
  try {
    return load();
  } catch (error) {
    throw new OptionError(
      'compression',
      'LZ4 needs the package lz4-napi, which is not installed or has no build for this platform:' +
        ` npm install lz4-napi (${textOf(error)})`,
    );
  }
}

/**
 * Uses `require`, so that the package is loaded only when LZ4 is asked for, and without a promise.
 */
function requireLz4Napi(): Lz4Library {
  return createRequire(import.meta.url)('lz4-napi') as Lz4Library; // `require` is untyped
}
