import { cutText, MAX_ERROR_BYTES } from '../base/cut-text.ts';
import { isWellFormed } from '../serializer/utf8.ts';
import { isRpcError } from '../errors/rpc-error.ts';
import { isStatus, isStatusError } from '../errors/status-error.ts';
import { collectedBy, isSuppressedError, NO_TEXT, readField, textOf } from '../errors/foreign.ts';
import { messageWithoutPaths, pathFieldsOf } from '../errors/hidden-paths.ts';
import { copyPlain } from './plain-bson.ts';
import { writtenStatus } from './status-name.ts';

/** The facts about an error, in values that BSON takes. Never a stack. */
export interface ErrorRecord {
  readonly name: string;
  readonly message: string;
  /** A string or a number. */
  code?: unknown;
  /** For a StatusError only. Its other facts are among the fields. */
  status?: string | undefined;
  /** The error's other own enumerable fields. */
  fields?: Record<string, unknown> | undefined;
  /** The record of the cause if that is an object, otherwise the cause itself. */
  cause?: unknown;
  /** The errors that an AggregateError has collected, each in the form of a cause. */
  errors?: unknown[] | undefined;
  /** For a SuppressedError: the error that was thrown last, in the form of a cause. */
  error?: unknown;
  /** For a SuppressedError: the error that was thrown before, in the form of a cause. */
  suppressed?: unknown;
  /** True if the sender's library has ended a stream with the error, in place of its producer. */
  isLibraryEnd?: true | undefined;
}

/** The most bytes of a record. */
export const MAX_RECORD_BYTES = 32_760;

/** How deep errors may be nested, as causes or collected errors. */
export const MAX_ERROR_DEPTH = 4;

const MAX_NAME_BYTES = 256;
const MAX_FIELDS = 64;

/** A record's keys, types, lengths and status. */
const BARE_RECORD_BYTES = 128;
/** A record is left out if its text would be cut below this. */
const MIN_TEXT_BYTES = 64;

/**
 * Fields that have a place of their own, or must not be sent: the marks of our classes, and keys
 * that BSON takes for a reference.
 */
const NO_FIELDS: ReadonlySet<string> = new Set([
  'name',
  'message',
  'stack',
  'cause',
  'isRpcError',
  'isStatusError',
  '$ref',
  '$id',
]);

/**
 * Describes a thrown value in at most {@link MAX_RECORD_BYTES}: first name, message and code, then
 * fields, then causes. Parts that can't be sent, or that no longer fit, are left out one by one.
 * Never throws.
 *
 * @param keepsPaths - whether errors of the file system keep their paths.
 */
export function describeError(thrown: unknown, keepsPaths: boolean = false): ErrorRecord {
  // The outermost error always fits.
  return new Describer(keepsPaths).error(thrown, 0)!;
}

/** Describes a reason: an object as {@link describeError} does, any other value as itself. Never throws. */
export function describeReason(reason: unknown): unknown {
  return new Describer(false).reason(reason, 0);
}

class Describer {
  readonly #keepsPaths: boolean;
  #left = MAX_RECORD_BYTES;
  /** The object that is described, and those that hold it. A cycle ends there. */
  readonly #holders = new Set<object>();

  constructor(keepsPaths: boolean) {
    this.#keepsPaths = keepsPaths;
  }

  /** Undefined if there is no room for the error. */
  error(thrown: unknown, depth: number): ErrorRecord | undefined {
    const name = sendableText(nameOf(thrown), MAX_NAME_BYTES);
    const room = this.#left - BARE_RECORD_BYTES - Buffer.byteLength(name);
    if (room < MIN_TEXT_BYTES) return undefined;
    const text = this.#keepsPaths ? messageOf(thrown) : textWithoutPaths(thrown);
    const message = sendableText(text, Math.min(room, MAX_ERROR_BYTES));
    this.#left = room - Buffer.byteLength(message);
    const record: ErrorRecord = { name, message };
    if (isObject(thrown)) this.#addDetails(record, thrown, depth);
    return record;
  }

  /** Undefined if there is nothing to tell. */
  reason(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#copy(sendableText(value, MAX_ERROR_BYTES));
    if (!isObject(value)) return this.#copy(value);
    if (depth > MAX_ERROR_DEPTH || this.#holders.has(value)) return undefined;
    return this.error(value, depth);
  }

  #addDetails(record: ErrorRecord, thrown: object, depth: number): void {
    this.#holders.add(thrown);
    const elsewhere = new Set(NO_FIELDS);
    const status = statusOf(thrown);
    if (status !== undefined) {
      record.status = status;
      elsewhere.add('status');
    }
    // They name a server behind this one, which is nobody else's business.
    if (isRpcError(thrown)) elsewhere.add('method').add('peer');
    if (!this.#keepsPaths) for (const field of pathFieldsOf(thrown)) elsewhere.add(field);
    const code = readField(thrown, 'code');
    if (isCode(code)) {
      record.code = this.#copy(code);
      elsewhere.add('code');
    }
    const collected = collectedBy(thrown);
    if (collected !== undefined) elsewhere.add('errors');
    const isSuppressed = isSuppressedError(thrown);
    if (isSuppressed) elsewhere.add('error').add('suppressed');
    record.fields = this.#fields(thrown, elsewhere);
    record.cause = this.reason(readField(thrown, 'cause'), depth + 1);
    record.errors = this.#all(collected, depth + 1);
    if (isSuppressed) {
      record.error = this.reason(readField(thrown, 'error'), depth + 1);
      record.suppressed = this.reason(readField(thrown, 'suppressed'), depth + 1);
    }
    this.#holders.delete(thrown);
  }

  #fields(thrown: object, elsewhere: ReadonlySet<string>): Record<string, unknown> | undefined {
    const keys = keysOf(thrown).filter((key) => !elsewhere.has(key));
    if (keys.length === 0) return undefined;
    const fields: Record<string, unknown> = {};
    for (const key of keys.slice(0, MAX_FIELDS)) {
      const value = readField(thrown, key);
      // Copied with its key, which may be unfit as well.
      if (value !== undefined) Object.assign(fields, this.#copy({ [key]: value }));
    }
    return fields;
  }

  #all(errors: unknown[] | undefined, depth: number): unknown[] | undefined {
    return errors
      ?.map((error) => this.reason(error, depth))
      .filter((described) => described !== undefined);
  }

  /** The value as it will arrive. Undefined if it can't be sent, or if there is no room for it. */
  #copy(value: unknown): unknown {
    const copy = copyPlain(value, this.#left);
    if (copy === undefined) return undefined;
    this.#left -= copy.byteLength;
    return copy.value;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function nameOf(thrown: unknown): string {
  const name = isObject(thrown) ? readField(thrown, 'name') : undefined;
  return typeof name === 'string' && name !== '' ? name : 'Error';
}

function messageOf(thrown: unknown): string {
  const message = isObject(thrown) ? readField(thrown, 'message') : thrown;
  if (typeof message === 'string') return message;
  // The text of a function would be its source.
  return typeof thrown === 'function' ? NO_TEXT : textOf(thrown);
}

function textWithoutPaths(thrown: unknown): string {
  return pathFieldsOf(thrown).length > 0 ? messageWithoutPaths(thrown) : messageOf(thrown);
}

/** The text as BSON takes it, in at most `maxBytes` bytes. */
export function sendableText(text: string, maxBytes: number): string {
  const cut = cutText(text, maxBytes);
  return isWellFormed(cut) ? cut : Buffer.from(cut).toString();
}

/** Whether the value can be a record's `code`. Any other value is an ordinary field. */
export function isCode(value: unknown): value is string | number {
  return typeof value === 'string' || typeof value === 'number';
}

function statusOf(thrown: object): string | undefined {
  const status = isStatusError(thrown) ? readField(thrown, 'status') : undefined;
  return isStatus(status) ? writtenStatus(status) : undefined;
}

/** The elements of a list are not fields, and there may be very many. */
function keysOf(thrown: object): string[] {
  try {
    return Array.isArray(thrown) || ArrayBuffer.isView(thrown) ? [] : Object.keys(thrown);
  } catch {
    return [];
  }
}
