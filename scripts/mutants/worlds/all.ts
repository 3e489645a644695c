import { BORROWED_MUTANTS } from './borrowed.ts';
import { CALL_MUTANTS } from './calls.ts';
import { LANE_MUTANTS } from './lanes.ts';
import { SESSION_MUTANTS } from './sessions.ts';
import { STREAM_MUTANTS } from './streams.ts';
import { VERB_MUTANTS } from './verbs.ts';
import type { WorldMutant } from './world-mutant.ts';

/** All mutants that worlds must notice. */
export const WORLD_MUTANTS: readonly WorldMutant[] = [
  ...LANE_MUTANTS,
  ...STREAM_MUTANTS,
  ...CALL_MUTANTS,
  ...SESSION_MUTANTS,
  ...BORROWED_MUTANTS,
  ...VERB_MUTANTS,
];
