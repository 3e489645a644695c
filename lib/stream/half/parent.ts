import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { Leaks } from './leaks.ts';
import type { ParentFate } from './parent-fate.ts';

/** The main connection that a child connection belongs to, as the child sees it. */
export interface Parent {
  readonly environment: Environment;
  /** The beginning of log lines; it names the other end. */
  readonly name: string;
  /**
   * The child is closed, and no call can name it any more.
   *
   * @param isBroken - whether the peer or the network ended the child early.
   */
  removeChild(id: bigint, isBroken: boolean): void;
  /**
   * Sends the peer a message on the main connection, about our reader. Only for peers that speak
   * our extension.
   */
  tellPeer(message: MainMessage): void;
  /** Ends the main connection: the peer breaks a rule that concerns all of it. */
  abort(cause: unknown): void;
  /**
   * Calls `tell` once, with the error that the peer gets in place of one that our producer has
   * thrown: at once, or within a second. Without this method: the same error. Never throws.
   */
  filterError?(error: unknown, tell: (told: unknown, isFiltered: boolean) => void): void;
  /** Whether the main connection has ended, and why. */
  readonly fate: ParentFate;
  /** Watches the facades of this connection's sinks and sources. */
  readonly leaks: Leaks;
}
