import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import type { Link } from '../../connection/link/link.ts';
import type { Group } from '../limits/group.ts';

/** A client that was let in, with everything that was agreed with it or found out about it. */
export interface AcceptedClient {
  /** Its main connection, negotiated. */
  readonly link: Link;
  /**
   * Its connection has an id in any case. The client knows the id only if the server has streaming.
   */
  readonly agreed: AgreedWithId;
  /** The class of service that the client has asked for; undefined for none. */
  readonly isolation: string | undefined;
  /** The result of the `authenticate` hook. */
  readonly principal: unknown;
  /** The group for handlers that name none. */
  readonly group: Group | undefined;
}
