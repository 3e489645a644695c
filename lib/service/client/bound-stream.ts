import type { StreamBounds } from '../../stream/value/consumed.ts';
import { RemoteValueStream } from '../../stream/value/remote-value-stream.ts';

/** The result of a call, with its time limited if it is a stream. */
export function boundResult(result: unknown, bounds: StreamBounds): unknown {
  if (result instanceof RemoteValueStream) result.bound(bounds);
  return result;
}
