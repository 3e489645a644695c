import type { Clock } from '../base/clock.ts';
import { having } from '../base/option-kinds.ts';
import { promiseOf } from '../base/promise-of.ts';
import type { OptionKind } from '../base/read-options.ts';
import { WarningRate } from './warning-rate.ts';

/**
 * A logger with the methods that pino, console and most others have. Lines begin with the peer:
 * `client 10.0.0.1:7070: …`.
 */
export interface Logger {
  /** Normal events, such as a late reply. */
  debug(line: string): void;
  /** Events worth knowing, such as a late error. */
  info(line: string): void;
  /** Faults of a peer or a handler; a connection may have ended because of them. */
  warn(line: string): void;
  /** Faults of this program, such as a stream that was dropped without an end. */
  error(line: string): void;
}

/** The kind of an option that takes a logger. */
export const LOGGER: OptionKind = having('a Logger', ['debug', 'info', 'warn', 'error']);

/** Says nothing; the default. */
export const silentLogger: Logger = Object.freeze({
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
});

/** A logger that can be exchanged while connections are using it. */
export class LoggerSlot {
  /** The logger that lines go to now. */
  current: Logger;
  readonly #rate: WarningRate;

  constructor(logger: Logger, clock: Clock) {
    this.current = logger;
    this.#rate = new WarningRate(clock);
  }

  /**
   * Writes one line. The text may hold anything. A logger that throws or rejects does no harm.
   * Warnings about one address are left out beyond a rate; a later line says how many there were.
   *
   * @param about - the beginning of the line: the peer, and the call if it is about one.
   */
  write(level: keyof Logger, about: string, line: string): void {
    this.#rate.tellLeftOut((address, count) =>
      this.#put('warn', address, `${count} more warnings were left out`),
    );
    if (level !== 'warn' || this.#rate.admit(about)) this.#put(level, about, line);
  }

  #put(level: keyof Logger, about: string, line: string): void {
    try {
      const written: unknown = this.current[level](`${about}: ${sanitizeForLog(line)}`);
      promiseOf(written)?.catch(() => {});
    } catch {
      // The process must live on even if its logger fails.
    }
  }
}

/** Enough for any text of ours, and for the beginning of any error's text. */
const MAX_LINE_LENGTH = 1_024;

/**
 * Control characters would let a peer forge log lines. So would those that change the direction of
 * text, where somebody looks at the lines. Long texts would flood them.
 */
export function sanitizeForLog(text: string, maxLength: number = MAX_LINE_LENGTH): string {
  const cut = text.length > maxLength ? `${text.slice(0, maxLength)}…` : text;
  return cut.replaceAll(
    /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
