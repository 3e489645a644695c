import { SUPPRESSED_ERROR } from '../errors/foreign.ts';
import { isDelay, StatusError } from '../errors/status-error.ts';
import type { Peer } from '../transport/transport.ts';
import { isCode, MAX_ERROR_DEPTH } from './error-record.ts';
import { isDocument, type PlainDocument } from './plain-bson.ts';
import { markRemote } from './remote-origin.ts';
import { readStatus } from './status-name.ts';

const BUILTINS: ReadonlyMap<string, new (message: string) => Error> = new Map([
  ['EvalError', EvalError],
  ['RangeError', RangeError],
  ['ReferenceError', ReferenceError],
  ['SyntaxError', SyntaxError],
  ['TypeError', TypeError],
  ['URIError', URIError],
]);

/**
 * Fields that no peer may set, besides the fields that an error has already: a promise, a cause,
 * the marks of our own classes.
 */
const REFUSED_FIELDS: ReadonlySet<string> = new Set([
  'cause',
  'isRpcError',
  'isStatusError',
  'prototype',
  'then',
]);

/**
 * The error that a record describes. Its class is the one of that name, if that is one of
 * JavaScript's own or StatusError; otherwise it is an Error with that name. Missing parts, and
 * parts of a wrong type, are skipped. Never throws.
 *
 * @param peer - the sender of the record, if it is known.
 */
export function reviveError(
  record: PlainDocument,
  peer: Peer | undefined,
  depth: number = 0,
): Error {
  const fields = isDocument(record['fields']) ? record['fields'] : {};
  const { errors, code } = record;
  const error = instanceFor(record, fields);
  markRemote(error, peer);
  if (Array.isArray(errors)) {
    define(error, 'errors', reviveAll(errors, peer, depth + 1), false);
  }
  for (const key of heldKeys(error)) {
    const held = record[key];
    if (held !== undefined && depth < MAX_ERROR_DEPTH) {
      define(error, key, reviveReason(held, peer, depth + 1), false);
    }
  }
  if (isCode(code)) define(error, 'code', code, true);
  for (const [key, value] of Object.entries(fields)) {
    if (!(key in error) && !REFUSED_FIELDS.has(key)) define(error, key, value, true);
  }
  return error;
}

/**
 * The error that {@link reviveError} makes of a record. Any other value is returned as it is. Never
 * throws.
 */
export function reviveReason(reason: unknown, peer: Peer | undefined, depth: number = 0): unknown {
  return isDocument(reason) ? reviveError(reason, peer, depth) : reason;
}

/** An error of another name may have fields `error` and `suppressed` of any kind. */
function heldKeys(error: Error): readonly string[] {
  return error.name === 'SuppressedError' ? ['cause', 'error', 'suppressed'] : ['cause'];
}

function reviveAll(errors: unknown[], peer: Peer | undefined, depth: number): unknown[] {
  if (depth > MAX_ERROR_DEPTH) return [];
  return errors.map((error) => reviveReason(error, peer, depth));
}

function instanceFor(record: PlainDocument, fields: PlainDocument): Error {
  const name = typeof record['name'] === 'string' ? record['name'] : 'Error';
  const message = typeof record['message'] === 'string' ? record['message'] : '';
  const error =
    typeof record['status'] === 'string'
      ? statusError(record['status'], message, fields)
      : plainError(name, message);
  if (error.name !== name) define(error, 'name', name, false);
  return error;
}

function plainError(name: string, message: string): Error {
  if (name === 'AggregateError') return new AggregateError([], message);
  if (name === 'SuppressedError') return suppressedError(message);
  return new (BUILTINS.get(name) ?? Error)(message);
}

/** Where Node does not have the class, the error has its name and members only. */
function suppressedError(message: string): Error {
  if (SUPPRESSED_ERROR !== undefined) return new SUPPRESSED_ERROR(undefined, undefined, message);
  const error = new Error(message);
  define(error, 'name', 'SuppressedError', false);
  for (const key of ['error', 'suppressed']) define(error, key, undefined, false);
  return error;
}

function statusError(status: string, message: string, fields: PlainDocument): StatusError {
  const { details, retryable, retryAfterMs } = fields;
  return new StatusError(readStatus(status), message, {
    details,
    retryable: retryable === true,
    retryAfterMs: isDelay(retryAfterMs) ? retryAfterMs : undefined,
  });
}

/** Does not assign, which could call a setter. */
function define(error: Error, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, key, { value, enumerable, writable: true, configurable: true });
}
