import { ANY_AMOUNT, defaultsOf, type NumberOptions, resolveNumbers } from '../base/bounds.ts';
import { OptionError } from '../errors/errors.ts';
import type { CommonOptions } from './options.ts';
import type { Interceptor } from '../service/middleware/interceptors.ts';
import type { Policy } from '../service/middleware/policy.ts';

/** The options of `connect` and `createClient`. */
export interface ClientOptions extends CommonOptions {
  /**
   * Milliseconds that opening one connection may take: looking the name up, TCP, TLS and negotiating
   * together. It holds for the client's main connection and for that of each stream. 0 = only what
   * the limits say.
   *
   * @default 10_000
   */
  readonly connectTimeoutMs?: number | undefined;
  /** Given to the server's `authenticate` hook, in plain text unless there is TLS. At most 8,000 bytes. @default none */
  readonly token?: string | undefined;
  /** Asks the server for a class of service; the server decides what it means. At most 8,000 bytes. @default none */
  readonly isolationCookie?: string | undefined;
  /** Whether to tell the server how much time a call has left. @default true */
  readonly sendTimeout?: boolean | undefined;
  /** Whether to ask the server how long its handlers took. @default true */
  readonly sendHandlerDuration?: boolean | undefined;
  /** Calls that may wait to be sent; the next one is refused. @default 65_536 */
  readonly maxQueuedCalls?: number | undefined;
  /** Runs around all calls of services, the first outermost. @default none */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Runs the calls of services for whose `api` view none was given; it sees a call until its reply. @default none */
  readonly policy?: Policy | undefined;
  /** Gives up connecting when it fires. @default never */
  readonly signal?: AbortSignal | undefined;
}

/** The part of {@link ClientOptions} that has defaults of its own, complete. */
export type ResolvedClientOptions = {
  readonly [
    Name in 'connectTimeoutMs' | 'sendTimeout' | 'sendHandlerDuration' | 'maxQueuedCalls'
  ]: NonNullable<ClientOptions[Name]>;
};

/** What the numbers among {@link ClientOptions} may be, and what they are by default. */
export const CLIENT_NUMBERS: NumberOptions<'connectTimeoutMs' | 'maxQueuedCalls'> = Object.freeze({
  connectTimeoutMs: { ...ANY_AMOUNT, default: 10_000 },
  maxQueuedCalls: { default: 65_536, min: 1, isInfinityAllowed: true },
});

/** The defaults of what {@link ClientOptions} adds. */
export const CLIENT_DEFAULTS: ResolvedClientOptions = Object.freeze({
  ...defaultsOf(CLIENT_NUMBERS),
  sendTimeout: true,
  sendHandlerDuration: true,
});

/** Of a text that is sent while negotiating, so that it fits into its record and the frame. */
const MAX_TEXT_BYTES = 8_000;

/** Fills in the defaults. @throws OptionError naming what is out of bounds. */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  checkText('token', options.token);
  checkText('isolationCookie', options.isolationCookie);
  return {
    ...resolveNumbers(undefined, options, CLIENT_NUMBERS),
    sendTimeout: options.sendTimeout ?? CLIENT_DEFAULTS.sendTimeout,
    sendHandlerDuration: options.sendHandlerDuration ?? CLIENT_DEFAULTS.sendHandlerDuration,
  };
}

function checkText(option: string, text: string | undefined): void {
  if (text === undefined || Buffer.byteLength(text) <= MAX_TEXT_BYTES) return;
  throw new OptionError(option, `must be at most ${MAX_TEXT_BYTES} bytes`);
}
