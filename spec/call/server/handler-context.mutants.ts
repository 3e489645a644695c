import { HandlerContext } from '../../../lib/call/server/handler-context.ts';
import type { Mutant } from '../../../scripts/mutants/mutant.ts';

export const MUTANTS: readonly Mutant[] = [
  {
    row: 'S-C6',
    of: HandlerContext,
    in: '#fire',
    find: 'if (this.#end !== undefined) return;',
    replace: '',
    why: 'a handler hears of the end of its connection where its caller has canceled',
  },
];
