import { ANY_AMOUNT, checkBounds } from '../../base/bounds.ts';
import type { Metadata } from '../../types/value-stream.ts';
import type { Interceptor } from '../middleware/interceptors.ts';
import type { ItemHooks } from '../middleware/item-hooks.ts';
import { normalizeMetadata } from '../context/metadata.ts';
import type { Policy } from '../middleware/policy.ts';
import type { ServiceSchemas } from '../middleware/validation.ts';

/** How the calls of one view of a service are made. */
export interface ApiOptions extends ItemHooks {
  /** Milliseconds from a call until it has failed, whatever it waits for; 0 and Infinity mean no limit. A stream in its result is not bound by it. @default no limit */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that a stream which is a call's result may take, at either end; 0 and Infinity mean no limit. @default no limit */
  readonly streamTimeoutMs?: number | undefined;
  /** Milliseconds that an iteration over such a stream may wait for one item before it gives the stream up; `read` has a limit of its own, after which the stream goes on. 0 and Infinity mean no limit. @default no limit */
  readonly receiveTimeoutMs?: number | undefined;
  /** Cancels the calls when it fires, and the streams that are their results; a call that was not sent never is. @default none */
  readonly signal?: AbortSignal | undefined;
  /** What goes along, or what gives it call by call. When that fails the call does, and nothing is sent. @default none */
  readonly metadata?: Metadata | MetadataProvider | undefined;
  /** Runs around the calls, the first outermost, within the client's own. @default none */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Gets the headers of each call that succeeds, before its result is there; of a stream, with its first item. @default none */
  readonly onHeaders?: ((headers: Metadata) => void) | undefined;
  /** Gets the trailers of each call that succeeds, before its result is there; of a stream, when it has ended. @default none */
  readonly onTrailers?: ((trailers: Metadata) => void) | undefined;
  /** What interceptors find as `shared`. @default a new Map for each call */
  readonly shared?: Map<unknown, unknown> | undefined;
  /**
   * Runs the calls, within the interceptors; each attempt sends one. Of a stream it sees the beginning
   * only. A call whose arguments hold streams can be attempted once. @default the client's
   */
  readonly policy?: Policy | undefined;
  /**
   * What the values of single methods have to be, by path. What does not fit is not sent, and does not
   * reach the caller. Calls of a view with schemas are made as with interceptors: a stream's first
   * item takes a round trip more. @default values are not looked at
   */
  readonly schemas?: ServiceSchemas | undefined;
}

/** Gives the metadata of one call; may be async. */
export type MetadataProvider = () => Metadata | undefined | Promise<Metadata | undefined>;

/**
 * The options with their metadata in its normal form.
 *
 * @throws OptionError for a time that is none, MisuseError for what can't be metadata.
 */
export function resolveApiOptions(options: ApiOptions, maxMetadataBytes: number): ApiOptions {
  const { metadata } = options;
  for (const name of ['streamTimeoutMs', 'receiveTimeoutMs'] as const) {
    if (options[name] !== undefined) checkBounds(name, options[name], ANY_AMOUNT);
  }
  if (metadata === undefined || typeof metadata === 'function') return options;
  return { ...options, metadata: normalizeMetadata(metadata, maxMetadataBytes) };
}
