import type { StreamBounds } from '../../stream/value/stream-bounds.ts';
import { StreamSearch } from '../../serializer/bson/stream-search.ts';
import { RemoteValueStream } from '../../stream/value/remote-value-stream.ts';

/** The result of a call. The streams in it have limits of time. Those in their items get the same. */
export function boundResult(result: unknown, bounds: StreamBounds): unknown {
  const { receiveTimeoutMs, streamTimeoutMs, signal } = bounds;
  if ((receiveTimeoutMs ?? streamTimeoutMs ?? signal) === undefined) return result;
  const search = new StreamSearch();
  search.value(result);
  for (const stream of search.found) {
    if (stream instanceof RemoteValueStream) stream.bound(bounds);
  }
  return result;
}
