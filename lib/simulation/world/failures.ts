import { MisuseError } from '../../errors/errors.ts';

const EVENTS = ['unhandledRejection', 'uncaughtException'] as const;
const LISTENER_NAME = 'reportToWorld';

type Listener = (...args: readonly unknown[]) => void;

/**
 * Reports rejections that nobody handles, and errors that nobody catches, in the place of all other
 * listeners. Returns a function that puts these back.
 *
 * @throws MisuseError if a world runs in this process already.
 */
export function reportFailures(report: (error: unknown) => void): () => void {
  const reportToWorld = (error: unknown): void => report(error);
  const others = EVENTS.map((event) => process.rawListeners(event) as Listener[]);
  if (others.flat().some(({ name }) => name === LISTENER_NAME)) {
    throw new MisuseError('another world runs in this process; await its end');
  }
  for (const event of EVENTS) process.removeAllListeners(event).on(event, reportToWorld);
  return () => {
    for (const [index, event] of EVENTS.entries()) {
      process.off(event, reportToWorld);
      for (const listener of others[index] ?? []) process.on(event, listener);
    }
  };
}
