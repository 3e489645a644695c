import type { VerbLimits } from '../../call/limits/call-limits.ts';
import type { Group } from '../../call/limits/group.ts';
import type { Interceptor, ServedCall } from '../middleware/interceptors.ts';
import type { ItemHooks } from '../middleware/item-hooks.ts';
import type { MethodSchemas } from '../middleware/validation.ts';

/** What holds for one method: how often it may be called, and what its values have to be. */
export interface MethodOptions extends VerbLimits, MethodSchemas {}

/** How an object is exposed. */
export interface ExposeOptions extends ItemHooks {
  /** Runs around its methods, the first outermost, within the server's own. @default none */
  readonly interceptors?: readonly Interceptor<ServedCall>[] | undefined;
  /**
   * Whether its methods have a `callContext()`. Without one a call takes less time, and outside of
   * interceptors nobody can read its metadata or set headers and trailers.
   *
   * @default true
   */
  readonly context?: boolean | undefined;
  /** The only methods that are exposed, by path, for example `get` and `admin.compact`. @default all that are found */
  readonly only?: readonly string[] | undefined;
  /**
   * Fields and getters of class instances that are exposed as well, by path: objects with what they
   * offer, and streams. Those of plain objects always are. @default none
   */
  readonly properties?: readonly string[] | undefined;
  /** Runs its methods in this group. @default the connection's group, if its isolation names one */
  readonly group?: Group | undefined;
  /** What holds for single methods, by path, for example `admin.compact`. @default nothing */
  readonly methods?: Readonly<Record<string, MethodOptions | undefined>> | undefined;
}

/** An object that is being exposed. */
export interface Exposure extends AsyncDisposable {
  /** The service's name. */
  readonly name: string;
  /** The paths of its methods, by name. */
  readonly methods: readonly string[];
  /**
   * Stops exposing it: new calls fail at once with an unknown method. Resolves when the running ones
   * have ended. Does nothing a second time.
   */
  close(): Promise<void>;
}
