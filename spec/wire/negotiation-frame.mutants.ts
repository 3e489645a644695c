import { NegotiationDecoder, encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-W1',
    of: NegotiationDecoder,
    in: '#header',
    find: '> MAX_NEGOTIATION_BYTES',
    replace: '>= MAX_NEGOTIATION_BYTES',
    why: 'a negotiation frame of exactly the limit is refused',
  },
  {
    row: 'S-W2',
    of: NegotiationDecoder,
    in: 'decodeRecords',
    find: 'if (!records.has(feature))',
    replace: '',
    why: 'the last of two records with the same number counts',
  },
  {
    row: 'S-W4',
    of: encodeNegotiation,
    in: 'recordsOf',
    find: 'FEATURE.TIMEOUT',
    replace: 'FEATURE.HANDLER_DURATION',
    why: 'a timeout is offered under the number of another feature',
  },
  {
    row: 'S-W5',
    of: NegotiationDecoder,
    in: 'readId',
    find: 'length !== ID_BYTES',
    replace: 'length < ID_BYTES',
    why: 'an id that is too long is cut to size',
  },
  {
    row: 'S-W6',
    of: encodeNegotiation,
    in: 'recordsOf',
    find: 'FEATURE.STREAM_PARENT',
    replace: 'FEATURE.CONNECTION_ID',
    why: 'a child names itself in place of its parent',
  },
];
