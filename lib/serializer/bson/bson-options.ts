import { checkBounds } from '../../base/bounds.ts';
import { ANY } from '../../base/option-kinds.ts';
import { type OptionTable, readOptions } from '../../base/read-options.ts';
import { shownValue } from '../../base/shown-value.ts';
import { OptionError } from '../../errors/errors.ts';
import { RefusedKeys } from './refused-keys.ts';

/** Options of a BSON serializer. The limits hold in both directions. */
export interface BsonOptions {
  /**
   * How deep documents and arrays may be nested within a member. A deeper message is refused.
   *
   * @default 100 levels; from 1 to 1,000.
   */
  readonly maxDepth?: number | undefined;

  /**
   * How many fields and array elements a message may have in all, so that a small message can't
   * become a large heap. A message with more is refused.
   *
   * @default 1,000,000 keys; from 1 to 16,777,216.
   */
  readonly maxKeys?: number | undefined;

  /**
   * Field names that are refused at any depth, besides `__proto__` and `_bsontype`, which are
   * always refused. Add `constructor` and `prototype` for values that go into code which merges
   * objects carelessly.
   *
   * @default none; up to 64 names without U+0000.
   */
  readonly refuseKeys?: readonly string[] | undefined;
}

/** {@link BsonOptions}, complete. */
export interface BsonLimits {
  readonly maxDepth: number;
  readonly maxKeys: number;
  readonly refusedKeys: RefusedKeys;
}

const BSON_OPTIONS: OptionTable<BsonOptions> = Object.freeze({
  maxDepth: ANY,
  maxKeys: ANY,
  refuseKeys: ANY,
});

const DEFAULTS = Object.freeze({ maxDepth: 100, maxKeys: 1_000_000, refuseKeys: [] });

const MAX_DEPTH = 1_000;
const MAX_KEYS = 16_777_216;
const MAX_REFUSED_KEYS = 64;

/** Fills in the defaults. @throws OptionError naming the option that is out of bounds. */
export function resolveBsonOptions(given: BsonOptions): BsonLimits {
  const options = readOptions(given, BSON_OPTIONS);
  const maxDepth = options.maxDepth ?? DEFAULTS.maxDepth;
  const maxKeys = options.maxKeys ?? DEFAULTS.maxKeys;
  const refuseKeys: readonly string[] = options.refuseKeys ?? DEFAULTS.refuseKeys;
  checkBounds('maxDepth', maxDepth, { min: 1, max: MAX_DEPTH });
  checkBounds('maxKeys', maxKeys, { min: 1, max: MAX_KEYS });
  if (!Array.isArray(refuseKeys) || refuseKeys.length > MAX_REFUSED_KEYS) {
    const problem = `must be an array of up to ${MAX_REFUSED_KEYS} names`;
    throw new OptionError('refuseKeys', `${problem}, not ${shownValue(refuseKeys)}`);
  }
  if (!refuseKeys.every((key) => typeof key === 'string' && !key.includes('\0'))) {
    throw new OptionError('refuseKeys', 'must be names without U+0000');
  }
  return Object.freeze({ maxDepth, maxKeys, refusedKeys: new RefusedKeys(refuseKeys) });
}
