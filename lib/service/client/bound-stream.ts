import type { StreamBounds } from '../../stream/value/consumed.ts';
import { RemoteValueStream } from '../../stream/value/remote-value-stream.ts';

/** The result of a call. If it is a stream, its time is limited. */
export function boundResult(result: unknown, bounds: StreamBounds): unknown {
  if (result instanceof RemoteValueStream) result.bound(bounds);
  return result;
}
