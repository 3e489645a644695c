import { ANY_AMOUNT } from '../../base/bounds.ts';
import {
  FUNCTION,
  FUNCTIONS,
  having,
  kind,
  numberWithin,
  OBJECT,
  SIGNAL,
  TEXTS,
  TIMEOUT,
} from '../../base/option-kinds.ts';
import { type OptionTable, readOptions } from '../../base/read-options.ts';
import { shownValue } from '../../base/shown-value.ts';
import type { Metadata, MetadataEntries } from '../../types/value-stream.ts';
import type { Interceptor } from '../middleware/interceptors.ts';
import type { ItemHooks } from '../middleware/item-hooks.ts';
import { normalizeMetadata } from '../context/metadata.ts';
import { POLICY, type Policy } from '../middleware/policy.ts';
import type { RemoteMethod } from './remote-method.ts';
import type { ServiceSchemas } from '../middleware/validation.ts';

/** Options of the calls of one view of a service. */
export interface ApiOptions extends ItemHooks {
  /**
   * Milliseconds until a call fails, including all of its waits; 0 and Infinity mean no limit. A
   * stream in its result is not bound by it. @default no limit
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Milliseconds that a stream may take, at either end, if it is a call's result, stands in a
   * result, or in an item of such a stream; 0 and Infinity mean no limit. @default no limit
   */
  readonly streamTimeoutMs?: number | undefined;
  /**
   * Milliseconds that an iteration over such a stream may wait for one item before it cancels the
   * stream; `read` has a limit of its own, after which the stream goes on. 0 and Infinity mean no
   * limit. @default no limit
   */
  readonly receiveTimeoutMs?: number | undefined;
  /**
   * Cancels the calls, and the streams that are or stand in their results, when it fires. A call that was not
   * sent by then never is. @default none
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * The metadata of each call, or a function that gives it call by call. If the function fails, the
   * call fails, and nothing is sent. @default none
   */
  readonly metadata?: MetadataEntries | MetadataProvider | undefined;
  /** Run around the calls, the first one outermost, inside the client's own. @default none */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Gets the headers of each call that succeeds, before its result is there; for a stream, with its
   * first item. A promise that it gives is awaited. Its error or rejection fails the call, or the
   * stream. @default none
   */
  readonly onHeaders?: ((headers: Metadata) => void) | undefined;
  /**
   * Gets the trailers of each call that succeeds, before its result is there; for a stream, when it
   * has ended. A promise that it gives is awaited. Its error or rejection fails the call. If the
   * result is a stream, that has ended by then, and the log tells. @default none
   */
  readonly onTrailers?: ((trailers: Metadata) => void) | undefined;
  /** The map that interceptors find as `shared`. @default a new Map for each call */
  readonly shared?: Map<unknown, unknown> | undefined;
  /**
   * Runs the calls, inside the interceptors. Each attempt sends one call. Of a stream it sees the
   * beginning only. If the arguments hold streams, only one attempt is possible. @default the
   * client's
   */
  readonly policy?: Policy | undefined;
  /**
   * The methods that may be carried out more than once for a call, by path, or true for all of them; in
   * addition to those that `describe` has told the client. Such a call is made again when its
   * connection is lost before the reply, within its time limit, unless streams are among its arguments.
   * @default none
   */
  readonly idempotent?: true | readonly string[] | undefined;
  /**
   * Schemas for the values of single methods, by path. A value that does not fit is not sent, and
   * does not reach the caller. Calls of a view with schemas are made as with interceptors: a
   * stream's first item takes one more round trip, and the view's first call asks for the server's
   * methods, since a schema for an unknown one is refused. @default no checks
   */
  readonly schemas?: ServiceSchemas | undefined;
}

/** Gives the metadata of one call; may be async. */
export type MetadataProvider = () =>
  MetadataEntries | undefined | Promise<MetadataEntries | undefined>;

/** {@link ApiOptions} with their metadata and lists in the form in which each call needs them. */
export type ResolvedApiOptions = Omit<ApiOptions, 'metadata' | 'idempotent'> & {
  readonly metadata?: Metadata | MetadataProvider | undefined;
  readonly idempotent?: true | ReadonlySet<string> | undefined;
};

/** The kinds of {@link ApiOptions}. */
const API_OPTIONS: OptionTable<ApiOptions> = Object.freeze({
  timeoutMs: TIMEOUT,
  streamTimeoutMs: numberWithin(ANY_AMOUNT),
  receiveTimeoutMs: numberWithin(ANY_AMOUNT),
  signal: SIGNAL,
  metadata: kind(
    'an object or a function that gives one',
    (value) => (typeof value === 'object' && value !== null) || typeof value === 'function',
  ),
  interceptors: FUNCTIONS,
  onHeaders: FUNCTION,
  onTrailers: FUNCTION,
  onSend: FUNCTION,
  onReceive: FUNCTION,
  shared: having('a Map', ['get', 'set', 'has', 'delete']),
  policy: POLICY,
  idempotent: (value) =>
    value === true || TEXTS(value) === undefined
      ? undefined
      : `must be true or an array of strings, not ${shownValue(value)}`,
  schemas: OBJECT,
});

/**
 * The options, resolved: what the caller changes in their lists later has no effect.
 *
 * @throws OptionError for options that can't work, MisuseError for a value that can't be metadata.
 */
export function resolveApiOptions(given: ApiOptions, maxMetadataBytes: number): ResolvedApiOptions {
  const { metadata, idempotent: named, ...others } = readOptions(given, API_OPTIONS);
  const options = { ...others, idempotent: named === true ? named : named && new Set(named) };
  if (metadata === undefined || typeof metadata === 'function') return { ...options, metadata };
  return { ...options, metadata: normalizeMetadata(metadata, maxMetadataBytes) };
}

/** Whether a call of the method may be carried out more than once: its server or its caller says so. */
export function isIdempotent(
  { path, isIdempotent: isDeclared }: Pick<RemoteMethod, 'path' | 'isIdempotent'>,
  { idempotent }: Pick<ResolvedApiOptions, 'idempotent'>,
): boolean {
  return isDeclared || idempotent === true || idempotent?.has(path) === true;
}
