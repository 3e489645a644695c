import { ANY, FLAG, FUNCTIONS, SIGNAL, TEXT } from '../base/option-kinds.ts';
import type { OptionTable } from '../base/read-options.ts';
import { ANY_AMOUNT, defaultsOf, type NumberOptions, resolveNumbers } from '../base/bounds.ts';
import { checkOfferedText } from '../connection/handshake/offered-text.ts';
import { COMMON_OPTIONS, type CommonOptions } from './options.ts';
import type { Interceptor } from '../service/middleware/interceptors.ts';
import { POLICY, type Policy } from '../service/middleware/policy.ts';
import {
  RECONNECT,
  type ReconnectOptions,
  type ReconnectRules,
  resolveReconnect,
} from '../session/reconnect-options.ts';
import { TOKEN, type TokenProvider } from '../session/token.ts';

/** The options of `connect` and `createClient`. */
export interface ClientOptions extends CommonOptions {
  /**
   * Milliseconds that opening one connection may take: name look-up, TCP, TLS and negotiation
   * together. The limit holds for the client's main connection and for the connection of each
   * stream. With 0 only `limits.handshakeTimeoutMs` holds, for the negotiation alone.
   *
   * @default 10_000
   */
  readonly connectTimeoutMs?: number | undefined;
  /**
   * A text for the server's `authenticate` hook. It travels in plain text unless there is TLS. At
   * most 8,000 bytes. Or a function that gives it, at once or as a promise: it is asked anew for each
   * main connection, within `connectTimeoutMs`. If it throws or rejects, that attempt to connect fails.
   *
   * @default none
   */
  readonly token?: string | TokenProvider | undefined;
  /**
   * The class of service that the client asks for; the server decides what it means. At most 8,000
   * bytes.
   *
   * @default none
   */
  readonly isolationCookie?: string | undefined;
  /** Whether to tell the server how much time a call has left. @default true */
  readonly sendTimeout?: boolean | undefined;
  /** Whether to ask the server how long its handlers took. @default true */
  readonly sendHandlerDuration?: boolean | undefined;
  /** Number of calls that may wait to be sent; the next one is refused. @default 65_536 */
  readonly maxQueuedCalls?: number | undefined;
  /**
   * Whether the error of a call has the stack of its caller, so that it says where the call was made.
   * It costs some microseconds for each call, half as much again as a small call.
   *
   * @default false
   */
  readonly callStacks?: boolean | undefined;
  /** Functions that run around every call of a service, the first outermost. @default none */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * The policy for calls of services, unless the `api` view has its own. It sees a call until its
   * reply.
   *
   * @default none
   */
  readonly policy?: Policy | undefined;
  /**
   * How the client connects again after a loss; true for the defaults. With false it makes one attempt in
   * all, and stays closed once its connection is lost.
   *
   * @default true
   */
  readonly reconnect?: ReconnectOptions | boolean | undefined;
  /** The client gives up connecting when this signal fires. @default never */
  readonly signal?: AbortSignal | undefined;
}

/** The kinds of {@link ClientOptions}. Numbers are judged by {@link resolveClientOptions}. */
export const CLIENT_OPTIONS: OptionTable<ClientOptions> = Object.freeze({
  ...COMMON_OPTIONS,
  connectTimeoutMs: ANY,
  token: TOKEN,
  isolationCookie: TEXT,
  sendTimeout: FLAG,
  sendHandlerDuration: FLAG,
  maxQueuedCalls: ANY,
  callStacks: FLAG,
  interceptors: FUNCTIONS,
  policy: POLICY,
  reconnect: RECONNECT,
  signal: SIGNAL,
});

/** The part of {@link ClientOptions} that has defaults of its own, complete. */
export type ResolvedClientOptions = {
  readonly [
    Name in
      'connectTimeoutMs' | 'sendTimeout' | 'sendHandlerDuration' | 'maxQueuedCalls' | 'callStacks'
  ]: NonNullable<ClientOptions[Name]>;
} & {
  /** Undefined for a client that does not reconnect. */
  readonly reconnect: ReconnectRules | undefined;
};

/** Bounds and defaults of the numbers in {@link ClientOptions}. */
export const CLIENT_NUMBERS: NumberOptions<'connectTimeoutMs' | 'maxQueuedCalls'> = Object.freeze({
  connectTimeoutMs: { ...ANY_AMOUNT, default: 10_000 },
  maxQueuedCalls: { default: 65_536, min: 1, isInfinityAllowed: true },
});

/** The defaults of the options that {@link ClientOptions} adds. */
export const CLIENT_DEFAULTS: ResolvedClientOptions = Object.freeze({
  ...defaultsOf(CLIENT_NUMBERS),
  sendTimeout: true,
  sendHandlerDuration: true,
  callStacks: false,
  reconnect: resolveReconnect(),
});

/** Fills in the defaults. @throws OptionError that names the option out of bounds. */
export function resolveClientOptions(options: ClientOptions): ResolvedClientOptions {
  const { token, isolationCookie } = options;
  if (typeof token === 'string') checkOfferedText('token', token);
  checkOfferedText('isolationCookie', isolationCookie);
  return {
    ...resolveNumbers(undefined, options, CLIENT_NUMBERS),
    sendTimeout: options.sendTimeout ?? CLIENT_DEFAULTS.sendTimeout,
    sendHandlerDuration: options.sendHandlerDuration ?? CLIENT_DEFAULTS.sendHandlerDuration,
    callStacks: options.callStacks ?? CLIENT_DEFAULTS.callStacks,
    reconnect: resolveReconnect(options.reconnect),
  };
}
