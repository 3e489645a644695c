import nodeTimers from 'node:timers';

import { captureContext } from '../../base/async-context.ts';
import type { Timer } from '../../base/clock.ts';
import type { Machine } from './machine.ts';
import { inWorlds, type MakeSubstitute, type NodeFunction, substitute } from './substitute.ts';

/** Timers of the callback kind, of the global object and of `node:timers`, and `AbortSignal.timeout`. */
export function takeTimers(): (() => void)[] {
  const substitutes = {
    setTimeout: delayed((machine, call, ms) => new WorldTimeout(machine, call, ms)),
    setInterval: delayed((machine, call, ms) => new WorldTimeout(machine, call, ms, true)),
    setImmediate: calling((machine, callback, args) => {
      return new WorldImmediate(machine, callOf(callback, args));
    }),
    clearTimeout: clear,
    clearInterval: clear,
    clearImmediate: clear,
  };
  return [
    substitute(globalThis, substitutes),
    substitute(nodeTimers, substitutes),
    substitute(AbortSignal, { timeout: timeoutSignals }),
  ];
}

/** A timer of a process, with the members of Node's own. */
class WorldTimeout {
  readonly #machine: Machine;
  readonly #call: () => void;
  readonly #delayMs: number;
  readonly #isRepeated: boolean;
  #timer: Timer | undefined;

  constructor(machine: Machine, call: () => void, delay: unknown, isRepeated = false) {
    this.#machine = machine;
    this.#call = call;
    this.#delayMs = millisecondsOf(delay);
    this.#isRepeated = isRepeated;
    this.refresh();
  }

  refresh(): this {
    this.#timer?.cancel();
    this.#timer = this.#machine.clock.setTimeout(() => this.#fire(), this.#delayMs);
    return this;
  }

  close(): this {
    this.#timer?.cancel();
    this.#timer = undefined;
    return this;
  }

  /** A timer keeps no world from its end. */
  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return this.#timer !== undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #fire(): void {
    if (this.#isRepeated) this.refresh();
    else this.#timer = undefined;
    this.#call();
  }
}

/** A turn of a process, with the members of Node's own. */
class WorldImmediate {
  #call: (() => void) | undefined;

  constructor({ clock }: Machine, call: () => void) {
    this.#call = call;
    clock.yield(() => this.#call?.());
  }

  close(): void {
    this.#call = undefined;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  hasRef(): boolean {
    return this.#call !== undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Milliseconds as Node reads them: a delay that it can't keep is one millisecond. */
export function millisecondsOf(delay: unknown): number {
  const ms = Number(delay);
  return ms >= 1 && ms < 2 ** 31 ? Math.trunc(ms) : 1;
}

/** A wrong callback is left to the original, which refuses it. */
function calling(
  make: (machine: Machine, callback: NodeFunction, args: readonly unknown[]) => unknown,
): MakeSubstitute {
  return inWorlds((machine, [callback, ...args], original) => {
    if (typeof callback !== 'function') return original(callback, ...args);
    return make(machine, callback as NodeFunction, args);
  });
}

function delayed(
  make: (machine: Machine, call: () => void, ms: unknown) => object,
): MakeSubstitute {
  return calling((machine, callback, [ms, ...args]) => make(machine, callOf(callback, args), ms));
}

/** Calls back in the async context of now, as Node's timers do. */
function callOf(callback: NodeFunction, args: readonly unknown[]): () => void {
  const runInContext = captureContext();
  return () => runInContext(() => void callback(...args));
}

/** Clears timers of worlds, wherever the code runs that does it, and others. */
function clear(original: NodeFunction): NodeFunction {
  return (handle) => {
    if (handle instanceof WorldTimeout || handle instanceof WorldImmediate) handle.close();
    else original(handle);
  };
}

const timeoutSignals: MakeSubstitute = inWorlds(({ clock }, [delay], original) => {
  if (typeof delay !== 'number' || !(delay >= 0))
    return Reflect.apply(original, AbortSignal, [delay]);
  const aborting = new AbortController();
  const abort = (): void => {
    aborting.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'));
  };
  clock.setTimeout(abort, delay);
  return aborting.signal;
});
