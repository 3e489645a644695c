import { messageOf } from '../../lib/errors/foreign.ts';
import type { Mutant } from '../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'F25',
    of: messageOf,
    in: 'textOfField',
    find: 'return NO_TEXT',
    replace: 'throw new Error(NO_TEXT)',
    why: 'an error without a text is an error of its own',
  },
  {
    row: 'F25',
    of: messageOf,
    in: 'messageWithin',
    find: "own === '' ? held.join('; ') : `${own}: ${held.join('; ')}`",
    replace: 'own',
    why: 'a refused connection to a name with several addresses is an empty text',
  },
  {
    row: 'F25',
    of: messageOf,
    in: 'messageWithin',
    find: 'texts.left--',
    replace: '',
    why: 'an error that holds itself ends the process',
  },
];
