import { captureContext } from '../../base/async-context.ts';
import type { OuterStream } from './item-handles.ts';
import { LocalValueStream } from './local-value-stream.ts';
import type { ProducedHooks } from './produced-hooks.ts';

const NO_HOOKS: ProducedHooks = Object.freeze({});

/** The source of a stream, whether `stream(…)` has made it or not. */
export function itemsOf(stream: object): object {
  return stream instanceof LocalValueStream ? (stream as LocalValueStream<unknown>).source : stream;
}

/** A stream in an item runs in the context of the stream that holds the item, with the same limit. */
export function hooksOf(
  local: LocalValueStream<unknown> | undefined,
  outer: OuterStream | undefined,
): ProducedHooks {
  const own = local?.hooks ?? NO_HOOKS;
  const run = own.run ?? outer?.hooks.run ?? captureContext();
  const streamTimeoutMs = own.streamTimeoutMs ?? outer?.hooks.streamTimeoutMs;
  if (run === own.run && streamTimeoutMs === own.streamTimeoutMs) return own;
  return { ...own, run, streamTimeoutMs };
}
