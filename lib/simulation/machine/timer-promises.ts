import timerPromises from 'node:timers/promises';

import type { Timer } from '../../base/clock.ts';
import type { Machine } from './machine.ts';
import { inWorlds, substitute } from './substitute.ts';
import { millisecondsOf } from './timers.ts';

/** The part of a wait's options that matters in a world. */
interface Abortable {
  readonly signal?: AbortSignal | undefined;
}

/** `node:timers/promises`. */
export function takeTimerPromises(): (() => void)[] {
  const sleep = inWorlds((machine, [delay, value, options]) =>
    wait(machine, millisecondsOf(delay), value, options as Abortable | undefined),
  );
  return [
    substitute(timerPromises, {
      setTimeout: sleep,
      setImmediate: inWorlds((machine, [value, options]) =>
        wait(machine, undefined, value, options as Abortable | undefined),
      ),
      setInterval: inWorlds((machine, [delay, value, options]) =>
        every(machine, millisecondsOf(delay), value, options as Abortable | undefined),
      ),
    }),
    substitute(Object.getPrototypeOf(timerPromises.scheduler) as object, {
      wait: inWorlds((machine, [delay, options]) =>
        wait(machine, millisecondsOf(delay), undefined, options as Abortable | undefined),
      ),
      yield: inWorlds((machine) => wait(machine, undefined, undefined)),
    }),
  ];
}

/** Resolves with the value after so much time, or in the next turn. @throws AbortError */
function wait<T>(
  { clock }: Machine,
  ms: number | undefined,
  value: T,
  { signal }: Abortable = {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let timer: Timer | undefined;
    const onAbort = (): void => {
      timer?.cancel();
      reject(abortError(signal));
    };
    if (signal?.aborted === true) return onAbort();
    const finish = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve(value);
    };
    if (ms === undefined) clock.yield(finish);
    else timer = clock.setTimeout(finish, ms);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** Node counts the times that pass while the loop is busy; here they are gone. */
async function* every<T>(
  machine: Machine,
  ms: number,
  value: T,
  options?: Abortable,
): AsyncGenerator<T, void, undefined> {
  for (;;) yield await wait(machine, ms, value, options);
}

function abortError(signal: AbortSignal | undefined): Error {
  const error = new Error('The operation was aborted', { cause: signal?.reason });
  error.name = 'AbortError';
  return Object.assign(error, { code: 'ABORT_ERR' });
}
