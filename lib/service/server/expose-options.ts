import { FLAG, FUNCTION, FUNCTIONS, OBJECT, TEXTS } from '../../base/option-kinds.ts';
import type { OptionTable } from '../../base/read-options.ts';
import { VERB_LIMITS, type VerbLimits } from '../../call/limits/call-limits.ts';
import type { Group } from '../../call/limits/group.ts';
import { GROUP } from '../../call/server/handlers.ts';
import type { Interceptor, ServedCall } from '../middleware/interceptors.ts';
import type { ItemHooks } from '../middleware/item-hooks.ts';
import { METHOD_SCHEMAS, type MethodSchemas } from '../middleware/validation.ts';

/** Options of one method: how often it may be called, and the schemas of its values. */
export interface MethodOptions extends VerbLimits, MethodSchemas {
  /**
   * Whether a call may be carried out more than once. `describe` tells it to clients. A client that
   * knows makes such a call again when its connection is lost before the reply. @default false
   */
  readonly idempotent?: boolean | undefined;
  /**
   * Whether replies are kept until the caller has them, so that a call runs exactly once for as long as
   * its client's session lives. While as much is kept as `sessionReplyBytes` allows, calls are refused
   * before they run. With clients below version 3 of our extension a call runs at most once, as ever.
   * `describe` tells it to clients. @default false
   */
  readonly once?: boolean | undefined;
}

/** Options of an exposed object. */
export interface ExposeOptions extends ItemHooks {
  /** Run around its methods, the first one outermost, inside the server's own. @default none */
  readonly interceptors?: readonly Interceptor<ServedCall>[] | undefined;
  /**
   * Whether its methods have a `callContext()`. Without one a call takes less time. Only
   * interceptors can then read its metadata or set headers and trailers.
   *
   * @default true
   */
  readonly context?: boolean | undefined;
  /**
   * The only methods that are exposed, by path, for example `get` and `admin.compact`. @default all
   * methods
   */
  readonly only?: readonly string[] | undefined;
  /**
   * Fields and getters of class instances that are exposed as well, by path: objects with their
   * methods, and streams. Those of plain objects are always exposed. @default none
   */
  readonly properties?: readonly string[] | undefined;
  /** Runs its methods in this group. @default the connection's group, if its isolation names one */
  readonly group?: Group | undefined;
  /** Options of single methods, by path, for example `admin.compact`. @default none */
  readonly methods?: Readonly<Record<string, MethodOptions | undefined>> | undefined;
}

/** The kinds of {@link MethodOptions}; others judge the numbers and the schemas. */
export const METHOD_OPTIONS: OptionTable<MethodOptions> = Object.freeze({
  ...VERB_LIMITS,
  ...METHOD_SCHEMAS,
  idempotent: FLAG,
  once: FLAG,
});

/** The kinds of {@link ExposeOptions}. */
export const EXPOSE_OPTIONS: OptionTable<ExposeOptions> = Object.freeze({
  onSend: FUNCTION,
  onReceive: FUNCTION,
  interceptors: FUNCTIONS,
  context: FLAG,
  only: TEXTS,
  properties: TEXTS,
  group: GROUP,
  methods: OBJECT,
});

/** An exposed object. */
export interface Exposure extends AsyncDisposable {
  /** The service's name. */
  readonly name: string;
  /** The paths of its methods, sorted. */
  readonly methods: readonly string[];
  /**
   * Stops exposing the object: new calls fail at once with an unknown method. Resolves when the
   * running calls have ended. Does nothing a second time.
   */
  close(): Promise<void>;
}
