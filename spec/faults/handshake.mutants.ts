import { NegotiationDecoder } from '../../lib/wire/negotiation-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F6',
    of: NegotiationDecoder,
    in: '#header',
    find: '> MAX_NEGOTIATION_BYTES',
    replace: '> 2 ** 24',
    why: 'a negotiation of a megabyte is waited for',
  },
  {
    row: 'F7',
    of: NegotiationDecoder,
    in: 'wrongMagic',
    find: 'begin[0] === TLS_HANDSHAKE',
    replace: 'begin[0] === TLS_HANDSHAKE + 1',
    why: 'nobody is told that it was TLS',
  },
];
