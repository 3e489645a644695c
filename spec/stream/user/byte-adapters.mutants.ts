import { messagesToByteStream } from '../../../lib/stream/user/byte-adapters.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'B1-byte-streams',
    of: messagesToByteStream,
    find: 'reading.take(part.length);',
    replace: 'reading.take(bytes.length);',
    why: 'the rest of a message that is larger than the reader’s memory is lost',
  },
];
