import type { StreamBounds } from '../../stream/value/consumed.ts';
import { PromisedStream } from '../../stream/value/remote-stream.ts';

/** The result of a call, with its time limited if it is a stream. */
export function boundResult(result: unknown, bounds: StreamBounds): unknown {
  if (result instanceof PromisedStream) result.bound(bounds);
  return result;
}
