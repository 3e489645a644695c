import type { Metadata } from '../../types/value-stream.ts';

/**
 * The metadata of a call that is made on behalf of another, whose W3C trace context it continues:
 * `traceparent`, `tracestate` and `baggage`, each unless the call has its own. A state belongs to its
 * parent, so a call with its own `traceparent` takes neither.
 *
 * @param own - with lower-case names.
 * @param outer - what came with the call at hand.
 * @returns `own` itself where there is nothing to continue.
 */
export function continueTrace(own: Metadata, outer: Metadata): Metadata {
  const { traceparent, tracestate, baggage } = outer;
  let trace: Record<string, string | Uint8Array> | undefined;
  if (traceparent !== undefined && own['traceparent'] === undefined) {
    trace = { traceparent };
    if (tracestate !== undefined && own['tracestate'] === undefined)
      trace['tracestate'] = tracestate;
  }
  if (baggage !== undefined && own['baggage'] === undefined) trace = { ...trace, baggage };
  return trace === undefined ? own : { ...trace, ...own };
}
