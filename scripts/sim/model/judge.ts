/**
 * An independent judge of what was seen in a world: it knows the plan and the promises of the
 * documentation, and nothing of the library's code.
 */

import type { Plan } from '../plan/plan.ts';
import type { History } from '../run/history.ts';
import type { Case, Verdict } from './case.ts';
import { judgeCall } from './judge-call.ts';
import { judgeErrors } from './judge-error.ts';
import { judgeHostile } from './judge-hostile.ts';
import { judgeRuns, judgeSessions } from './judge-session.ts';
import { judgeStream } from './judge-stream.ts';
import { streamsOf } from './planned-streams.ts';

/** All broken promises of a world; none if all is well. */
export function judge(plan: Plan, history: History): readonly Verdict[] {
  const verdicts: Verdict[] = history.leftovers.map((text) => ({ operation: 0, text }));
  verdicts.push(...judgeHostile(plan, history));
  verdicts.push(...judgeSessions(plan, history).map((text) => ({ operation: 0, text })));
  for (const client of plan.clients) {
    for (const operation of client.operations) {
      const sights = history.sights.filter((sight) => sight.operation === operation.id);
      const given: Case = { plan, client, operation, sights, history };
      const texts = [
        ...judgeCall(given),
        ...judgeErrors(given),
        ...judgeRuns(given),
        ...streamsOf(operation).flatMap((stream) => judgeStream(given, stream)),
      ];
      verdicts.push(...texts.map((text) => ({ operation: operation.id, text })));
    }
  }
  return verdicts;
}
