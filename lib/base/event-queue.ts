import type { EventEmitter } from 'node:events';

import { deferToTick } from './turns.ts';

/** An emitter of any events. */
type Emitter = Pick<EventEmitter, 'rawListeners'>;

/**
 * Tells events to an emitter's listeners. All listeners get an event before any gets the next, also
 * when a listener causes the next. A listener that throws harms neither the other listeners nor the
 * caller of `tell`: its error is thrown again on its own, as an uncaught exception, as with Node's
 * EventTarget.
 */
export class EventQueue {
  readonly #emitter: Emitter;
  readonly #waiting: { readonly name: string; readonly args: readonly unknown[] }[] = [];
  #isTelling = false;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** Tells the event now, or after the events that are being told. Never throws. */
  tell(name: string, ...args: readonly unknown[]): void {
    this.#waiting.push({ name, args });
    if (this.#isTelling) return;
    this.#isTelling = true;
    for (let next; (next = this.#waiting.shift()) !== undefined;) {
      const { args } = next;
      for (const listener of this.#emitter.rawListeners(next.name)) {
        shield(() => void Reflect.apply(listener, this.#emitter, args));
      }
    }
    this.#isTelling = false;
  }
}

/** Runs a listener. Its error is thrown again outside of this call. */
function shield(listener: () => void): void {
  try {
    listener();
  } catch (error) {
    deferToTick(() => {
      throw error;
    });
  }
}
