import { setMaxListeners } from 'node:events';
import { CanceledError, OptionError, TimeoutError } from '../errors/errors.ts';
import { isInstance } from '../errors/foreign.ts';
import { prefixMessage } from '../errors/prefix-message.ts';
import type { ErrorScope, RpcError } from '../errors/rpc-error.ts';
import { cancelPath } from './cancel-path.ts';
import type { Clock, Timer } from './clock.ts';
import { SIGNAL, TIMEOUT } from './option-kinds.ts';
import { checkNames, type OptionKind } from './read-options.ts';
import { shownValue } from './shown-value.ts';

/** The two ways in which a wait is given up. */
export interface WaitBounds {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

/** Names the thing that is waited for, for errors. */
export interface WaitSubject {
  /** The beginning of the timeout's message, for example `the read`. */
  readonly what: string;
  readonly scope: ErrorScope;
  /** The name of this process, for the path of a cancel; undefined for none. */
  readonly processName?: string | undefined;
}

/**
 * The error of a wait that is over before it begins: its bounds are of the wrong kind, its signal
 * has fired, or its time is below 0 and so has passed.
 */
export function overBefore(bounds: WaitBounds, about: WaitSubject): RpcError | undefined {
  if (typeof bounds !== 'object' || (bounds as object | null) === null) {
    return new OptionError('options', `must be an object, not ${shownValue(bounds)}`);
  }
  const { signal, timeoutMs } = bounds;
  if (signal === undefined && timeoutMs === undefined) return undefined;
  const wrong = wrongKind('signal', signal, SIGNAL) ?? wrongKind('timeoutMs', timeoutMs, TIMEOUT);
  if (wrong !== undefined) return wrong;
  if (signal?.aborted === true) return canceledError(about, signal.reason);
  if (timeoutMs === undefined || timeoutMs >= 0) return undefined;
  return new TimeoutError(about.what, timeoutMs, about.scope);
}

/**
 * As {@link overBefore}, for the options of a public function that waits: nothing else may be in
 * them. The error names what waits.
 */
export function judgeWait(
  options: WaitBounds | undefined,
  about: WaitSubject,
): RpcError | undefined {
  if (options === undefined) return undefined;
  try {
    checkNames(options, WAIT_OPTIONS);
    const over = overBefore(options, about);
    return over instanceof OptionError ? prefixMessage(over, about.what) : over;
  } catch (error) {
    const wrong = isInstance(error, OptionError) ? error : undefined;
    return prefixMessage(wrong ?? new OptionError('options', 'can not be read', error), about.what);
  }
}

/** As {@link waitFor}, for the options of a public function: see {@link judgeWait}. */
export function waitWithin<T>(
  promise: Promise<T>,
  clock: Pick<Clock, 'setTimeout'>,
  options: WaitBounds | undefined,
  about: WaitSubject,
): Promise<T> {
  const over = judgeWait(options, about);
  if (over === undefined) return waitFor(promise, clock, options, about);
  promise.catch(() => {});
  return Promise.reject(over);
}

const WAIT_OPTIONS: readonly string[] = ['signal', 'timeoutMs'];

function wrongKind(name: string, value: unknown, kindOf: OptionKind): OptionError | undefined {
  const problem = value === undefined ? undefined : kindOf(value);
  return problem === undefined ? undefined : new OptionError(name, problem);
}

/**
 * Watches a signal and a time limit on behalf of one wait. Calls `onGiveUp` at most once, with a
 * CanceledError or a TimeoutError, and never after `end`.
 */
export class WaitGuard {
  #signal: AbortSignal | undefined;
  #timer: Timer | undefined;
  #onAbort: (() => void) | undefined;

  constructor(
    clock: Pick<Clock, 'setTimeout'>,
    bounds: WaitBounds,
    about: WaitSubject,
    onGiveUp: (error: Error) => void,
  ) {
    const { signal, timeoutMs } = bounds;
    if (signal !== undefined) {
      this.#signal = signal;
      // One signal may serve any number of calls and streams. Each of them removes its listener.
      setMaxListeners(0, signal);
      this.#onAbort = () => {
        this.end();
        onGiveUp(canceledError(about, signal.reason));
      };
      signal.addEventListener('abort', this.#onAbort);
    }
    if (timeoutMs !== undefined && timeoutMs > 0 && timeoutMs !== Infinity) {
      this.#timer = clock.setTimeout(() => {
        this.end();
        onGiveUp(new TimeoutError(about.what, timeoutMs, about.scope));
      }, timeoutMs);
    }
  }

  /** The wait is over. */
  end(): void {
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort);
    this.#onAbort = undefined;
    this.#timer?.cancel();
  }
}

function canceledError({ scope, processName }: WaitSubject, reason: unknown): CanceledError {
  return new CanceledError(scope, reason, 'local', cancelPath(reason, processName));
}

/**
 * The promise, or a rejection if the signal or the time limit comes first. The promise itself goes
 * on.
 */
export function waitFor<T>(
  promise: Promise<T>,
  clock: Pick<Clock, 'setTimeout'>,
  bounds: WaitBounds | undefined,
  about: WaitSubject,
): Promise<T> {
  if (bounds === undefined) return promise;
  const over = overBefore(bounds, about);
  if (over !== undefined) {
    promise.catch(() => {});
    return Promise.reject(over);
  }
  if (bounds.signal === undefined && bounds.timeoutMs === undefined) return promise;
  return new Promise((resolve, reject) => {
    const guard = new WaitGuard(clock, bounds, about, reject);
    promise.then(
      (value) => {
        guard.end();
        resolve(value);
      },
      (error: unknown) => {
        guard.end();
        reject(error);
      },
    );
  });
}
