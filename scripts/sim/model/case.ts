import type { ClientPlan, Operation, Plan } from '../plan/plan.ts';
import type { History, Sight } from '../run/history.ts';

/** A promise that was broken. */
export interface Verdict {
  /** The operation; 0 for the world as a whole. */
  readonly operation: number;
  readonly text: string;
}

/** All that was seen of one operation. */
export interface Case {
  readonly plan: Plan;
  readonly client: ClientPlan;
  readonly operation: Operation;
  /** In the order of time. */
  readonly sights: readonly Sight[];
  readonly history: History;
}
