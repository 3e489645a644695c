import type { Metadata } from '../../types/value-stream.ts';

/**
 * The metadata of a call that is made during another call, and continues its W3C trace context:
 * `traceparent`, `tracestate` and `baggage`, each unless the call has its own. A state belongs to
 * its parent, so a call with its own `traceparent` takes neither.
 *
 * @param own - with lower-case names.
 * @param outer - the metadata of the other call.
 * @returns `own` itself if there is nothing to continue.
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
