import type { Environment } from '../../settings/environment.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { Leaks } from './leaks.ts';

/** The main connection that a child connection belongs to, as the child sees it. */
export interface Parent {
  readonly environment: Environment;
  /** The beginning of log lines: it names the other end. */
  readonly name: string;
  /**
   * The child is closed, and no call can name it any more.
   *
   * @param isBroken - whether the peer or the network ended it before its time.
   */
  removeChild(id: bigint, isBroken: boolean): void;
  /** Tells the peer what our reader did, on the main connection. Only for peers that speak our extension. */
  tellPeer(message: MainMessage): void;
  /** Gives the error that the peer is told in place of one that a producer of ours has thrown. Default: the same. Never throws. */
  filterError?(error: unknown): unknown;
  /** Watches the facades of this connection's sinks and sources. */
  readonly leaks: Leaks;
}
