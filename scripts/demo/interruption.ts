import { constants } from 'node:os';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Why a run ended that a signal interrupted. */
export class Interruption extends Error {
  /** What a shell expects of a process that this signal ended. */
  readonly exitCode: number;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.name = 'Interruption';
    this.exitCode = 128 + constants.signals[signal];
  }
}

/** Fires with an {@link Interruption} when the user wants the program to end. Impatient repetitions change nothing. */
export function whenInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const signal of SIGNALS) {
    process.on(signal, () => controller.abort(new Interruption(signal)));
  }
  // Nobody reads on, as in `npm start | head`.
  process.stdout.on('error', () => controller.abort(new Interruption('SIGPIPE')));
  return controller.signal;
}
