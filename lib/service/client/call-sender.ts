import type { CallSite } from '../../call/client/call-site.ts';
import type { CallOptions } from '../../call/common/call-options.ts';
import type { Environment } from '../../settings/environment.ts';
import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import type { Interceptor } from '../middleware/interceptors.ts';
import type { Policy } from '../middleware/policy.ts';
import type { RemoteMethod } from './remote-method.ts';
import type { UnsentCall } from './unsent-call.ts';

/** Makes the calls of verbs. */
export interface VerbCalls {
  /** The address of the server, for errors. */
  readonly peer: string;
  /** The place in the caller's code; undefined unless errors are to have it. */
  site(): CallSite | undefined;
  /** Never throws: it rejects. */
  call(verb: Verb<Signature>, args: unknown[], options: CallOptions): Promise<unknown>;
}

/** The client whose services are called. */
export interface CallingClient {
  readonly calls: VerbCalls;
  /** A lane for the stream that a call's result may be; undefined if no lane is idle. */
  offerLane(): OfferedLane | undefined;
}

/** Sends the calls of all of a client's views. */
export interface CallSender {
  readonly calls: VerbCalls;
  readonly environment: Environment;
  /** Around all service calls, the first one outermost. */
  readonly interceptors: readonly Interceptor[];
  /**
   * The policy of views that have none of their own. Undefined means that such calls are made once.
   */
  readonly policy: Policy | undefined;
  /**
   * A lane for the stream that a call of the method is expected to return. Undefined if no stream
   * is expected, or no lane is idle.
   */
  offerLane(method: RemoteMethod): OfferedLane | undefined;
  /** Sends the call at the next microtask, unless it was sent before. */
  sendLater(call: UnsentCall): void;
  /** Sends the waiting calls, so that calls are sent in the order in which they were made. */
  sendUnsent(): void;
}
