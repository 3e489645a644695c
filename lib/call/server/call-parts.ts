import type { UnderWay } from '../../base/under-way.ts';
import type { Children } from '../../stream/handles/children.ts';
import type { Gate } from '../limits/gate.ts';
import type { ClientLog } from './client-log.ts';
import type { Failures } from './failures.ts';
import type { ReplyWriter } from './reply-writer.ts';

/** The parts that serve the calls of one client together. */
export interface CallParts {
  readonly log: ClientLog;
  /** Takes the cost of each finished request back. */
  readonly gate: Gate;
  /** Of the connection that the client has now, or has had last. */
  children: Children;
  readonly replies: ReplyWriter;
  readonly failures: Failures;
  /** Counts the running handlers, among other things of the client. */
  readonly underWay: UnderWay;
}
