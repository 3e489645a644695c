import { isUint8Array } from 'node:util/types';

import type { ByteWriter } from '../base/byte-writer.ts';
import { SerializationError } from '../errors/errors.ts';
import { areGone, GONE_BYTES } from './gone-bytes.ts';
import type { Serializer } from './serializer.ts';
import { typeName } from './type-name.ts';

/**
 * Messages of one Uint8Array, sent as they are. There is no length, and large ones are not copied:
 * leave them unchanged until they are written. Reading gives a view of the received bytes. A tuple
 * without a member, or with an undefined member, is sent as no bytes at all.
 */
export const raw: Serializer<[Uint8Array]> = Object.freeze({
  name: 'raw',
  arity: 1,

  encode(tuple: readonly unknown[], out: ByteWriter): void {
    if (tuple.length > 1) throw misfit(`raw takes one Uint8Array, got ${tuple.length} members`);
    const bytes = tuple[0];
    if (bytes === undefined) return;
    // instanceof fails for arrays of another realm, such as a test runner's.
    if (!isUint8Array(bytes)) throw misfit(`raw takes a Uint8Array, got ${typeName(bytes)}`);
    if (areGone(bytes)) throw misfit(GONE_BYTES);
    out.append(bytes);
  },

  decode(bytes: Buffer): [Uint8Array] {
    return [bytes];
  },
});

function misfit(problem: string): SerializationError {
  return new SerializationError(problem, { path: '[0]', initiator: 'local' });
}
