import { kind } from '../base/option-kinds.ts';
import type { OptionKind } from '../base/read-options.ts';
import { promiseOf } from '../base/promise-of.ts';
import { isClass } from '../base/shown-value.ts';
import { checkOfferedText } from '../connection/handshake/offered-text.ts';
import { ClosedError, OptionError } from '../errors/errors.ts';
import { messageOf } from '../errors/foreign.ts';

/** Gives the token of one connection, or a promise of it; undefined for none. */
export type TokenProvider = () => string | undefined | PromiseLike<string | undefined>;

/** Gives the token of the next connection, judged. */
export type AskToken = () => Promise<string | undefined>;

/** The token of all main connections, or the way to get that of each. */
export interface TokenRules {
  /** The token for the server's `authenticate` hook. */
  readonly token?: string | undefined;
  readonly askToken?: AskToken | undefined;
}

/** The kind of an option that takes a text, or a function that gives one. */
export const TOKEN: OptionKind = kind(
  'a string or a function that gives one',
  (value) => typeof value === 'string' || (typeof value === 'function' && !isClass(value)),
);

/** @param isSent - whether the offers of the client can have a token. */
export function tokenRules(token: string | TokenProvider | undefined, isSent: boolean): TokenRules {
  if (!isSent) return {};
  return typeof token === 'function' ? { askToken: () => askToken(token) } : { token };
}

/**
 * Asks for the token of a connection. An error of the function may pass, as those of a connection do;
 * a wrong value will not.
 *
 * @throws ClosedError with the function's error as its cause, OptionError for what is no token.
 */
async function askToken(give: TokenProvider): Promise<string | undefined> {
  let token: unknown;
  try {
    const given: unknown = give();
    token = await (promiseOf(given) ?? given);
  } catch (error) {
    throw new ClosedError(`the token can't be had: ${messageOf(error)}`, 'local', error);
  }
  if (token === undefined) return undefined;
  if (typeof token !== 'string') {
    // Not shown: it may hold a secret.
    throw new OptionError('token', `must give a string, not a value of type ${typeof token}`);
  }
  checkOfferedText('token', token);
  return token;
}
