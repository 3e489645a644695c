import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import type { Link } from '../../connection/link/link.ts';
import type { Group } from '../limits/group.ts';

/** A client that was let in, with everything that was agreed with it or found out about it. */
export interface AcceptedClient {
  /** Its main connection, negotiated. */
  readonly link: Link;
  /** Its id is known to the client where the server has streaming. */
  readonly agreed: AgreedWithId;
  /** The class of service that it asked for; undefined for none. */
  readonly isolation: string | undefined;
  /** The answer of the `authenticate` hook. */
  readonly principal: unknown;
  /** The group for handlers that name none. */
  readonly group: Group | undefined;
}
