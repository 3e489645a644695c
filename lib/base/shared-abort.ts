import { setMaxListeners } from 'node:events';

/** An AbortController whose signal any number of listeners may wait for, without a warning from Node. */
export function sharedAbortController(): AbortController {
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  return controller;
}
