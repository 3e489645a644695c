/**
 * Node's ways to put work off. They are taken when this module loads: fake timers, which Jest, Vitest
 * and sinon put in the place of the globals, must not hold up what waits for no time.
 */

const nextTick = process.nextTick.bind(process);
const immediate = setImmediate;
const microtask = queueMicrotask;

/** Calls back when the current turn's microtasks are done, before any I/O. */
export function deferToTick(callback: () => void): void {
  nextTick(callback);
}

/** Calls back after the I/O that is ready now. */
export function deferToNextTurn(callback: () => void): void {
  immediate(callback);
}

/** Calls back as soon as the code that runs now is done, in order with the reactions of promises. */
export function deferToMicrotask(callback: () => void): void {
  microtask(callback);
}
