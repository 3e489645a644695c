import { isDeepStrictEqual } from 'node:util';

import { deviationsOf, type Production } from './deviation.ts';
import { DEVIATIONS } from './deviations.ts';
import { stepsOf } from './steps.ts';
import type { Course } from './verdict.ts';

/** What is expected of a production: the capture with the listed deviations. */
export interface Script extends Course {
  /** What our client is to print. */
  readonly output: readonly string[];
}

/** Puts the script of a production together. @throws if one of its deviations changes nothing. */
export function scriptOf(production: Production): Script {
  const { conversation, role } = production;
  const { connections } = conversation;
  const deviations = deviationsOf(DEVIATIONS, production);
  let steps = stepsOf(conversation);
  let output = [...(conversation.clientOutput ?? [])];
  for (const { expected, reason } of deviations) {
    steps = changed(steps, expected.steps, reason);
    output = changed(output, expected.output, reason);
  }
  return { steps, connections, ours: role === 'server' ? 's2c' : 'c2s', deviations, output };
}

function changed<T>(
  before: T[],
  change: ((before: readonly T[]) => T[]) | undefined,
  reason: string,
): T[] {
  if (change === undefined) return before;
  const after = change(before);
  if (isDeepStrictEqual(after, before)) throw new Error(`a deviation changes nothing: ${reason}`);
  return after;
}
