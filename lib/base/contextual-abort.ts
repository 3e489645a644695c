import { captureContext, type RunInContext } from './async-context.ts';

type Listener = Parameters<AbortSignal['addEventListener']>[1];
type Options = Parameters<AbortSignal['addEventListener']>[2];

/**
 * Aborts a signal that calls each listener in the async context in which the listener was added. A
 * signal of Node calls it in the context of the event that aborts. Listeners of signals that are made
 * of this one get the context in which this object was made.
 */
export class ContextualAbort {
  readonly signal: AbortSignal;
  readonly #controller = new AbortController();
  readonly #run: RunInContext = captureContext();

  constructor() {
    this.signal = this.#controller.signal;
    keepContexts(this.signal);
  }

  abort(reason: unknown): void {
    this.#run(() => this.#controller.abort(reason));
  }
}

function keepContexts(signal: AbortSignal): void {
  /** What is called in place of a listener, so that it can be removed. */
  const inContext = new WeakMap<object, (event: Event) => void>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  define(signal, 'addEventListener', (type, listener, options) => {
    if (!isListener(listener)) add(type, listener, options);
    else {
      const bound = inContext.get(listener) ?? bind(signal, listener);
      inContext.set(listener, bound);
      add(type, bound, options);
    }
  });
  define(signal, 'removeEventListener', (type, listener, options) => {
    const bound = isListener(listener) ? inContext.get(listener) : undefined;
    remove(type, bound ?? listener, options);
  });
}

/** Anything else is left to Node to refuse. */
function isListener(listener: unknown): listener is NonNullable<Listener> {
  return (typeof listener === 'function' || typeof listener === 'object') && listener !== null;
}

function bind(signal: AbortSignal, listener: NonNullable<Listener>): (event: Event) => void {
  const run = captureContext();
  return (event) =>
    run(() => {
      if (typeof listener === 'function') listener.call(signal, event);
      else listener.handleEvent(event);
    });
}

function define<K extends 'addEventListener' | 'removeEventListener'>(
  signal: AbortSignal,
  name: K,
  value: (type: string, listener: Listener, options?: Options) => void,
): void {
  Object.defineProperty(signal, name, { value, configurable: true, writable: true });
}
