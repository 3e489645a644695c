import { AsyncLocalStorage } from 'node:async_hooks';

import { MisuseError } from '../../errors/errors.ts';
import type { CallContext } from './call-context.ts';

/**
 * The call that the running code belongs to. There is one storage for the process, as the code that
 * asks has no other reference to it. It is empty except during a call.
 */
const currentCalls = new AsyncLocalStorage<CallContext>();

/**
 * The context of the service call that the running code serves. It is also there after an await, in
 * streams that the method returns and in its background work.
 *
 * @throws MisuseError outside of a call, and in methods exposed with `context: false`.
 */
export function callContext(): CallContext {
  const context = currentCalls.getStore();
  if (context !== undefined) return context;
  throw new MisuseError(
    'there is no call context here: no exposed method with a context is running',
  );
}

/** The same, or undefined outside of a call. */
export function currentCall(): CallContext | undefined {
  return currentCalls.getStore();
}

/** Runs code as part of a call. */
export function runInCall<A extends unknown[], R>(
  context: CallContext,
  run: (...args: A) => R,
  ...args: A
): R {
  return currentCalls.run(context, run, ...args);
}
