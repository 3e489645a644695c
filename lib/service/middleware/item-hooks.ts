import { withHooks } from '../../stream/value/local-value-stream.ts';
import type { Interceptor, ServiceCall } from './interceptors.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';
import { isRemoteStream } from '../context/is-remote-stream.ts';
import { MappedStream } from './mapped-stream.ts';

/**
 * Looks at an item of a stream, or replaces it. It gets the call that the stream belongs to. May be
 * async. A throw or rejection ends the stream as failed.
 */
export type ItemHook = (item: unknown, call: ServiceCall) => unknown;

/**
 * Functions that run for each item of a stream that is itself an argument or the result of a call,
 * not for streams inside of other values. They share their call's `shared` with the interceptors.
 *
 * Source: Kitex's `StreamSendMiddleware` and `StreamRecvMiddleware`.
 */
export interface ItemHooks {
  /**
   * Runs for each item before it is sent from this side, and returns the item to send. @default
   * none
   */
  readonly onSend?: ItemHook | undefined;
  /**
   * Runs for each item that is read at this side, and returns the item for its reader. @default
   * none
   */
  readonly onReceive?: ItemHook | undefined;
}

/** The interceptor that puts the hooks into the streams of a call; none if there are no hooks. */
export function itemHookInterceptors({ onSend, onReceive }: ItemHooks): Interceptor[] {
  if ((onSend ?? onReceive) === undefined) return [];
  return [
    async (call, next) => {
      const hooked = (value: unknown): unknown => withItemHooks(value, { onSend, onReceive }, call);
      call.args = call.args.map(hooked);
      return hooked(await next());
    },
  ];
}

function withItemHooks(value: unknown, hooks: ItemHooks, call: ServiceCall): unknown {
  const { onSend, onReceive } = hooks;
  if (isRemoteStream(value)) {
    return onReceive === undefined
      ? value
      : new MappedStream(value, (item) => onReceive(item, call));
  }
  if (onSend === undefined || !isAsyncIterable(value)) return value;
  return withHooks(value, { onSend: (item) => onSend(item, call) });
}
