import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { capabilitiesOf } from '../../connection/handshake/capabilities.ts';
import { agreedExtension, type Extension } from '../../connection/handshake/extension.ts';
import type { Negotiation } from '../../connection/handshake/negotiation.ts';
import { makeSessionKey } from '../../connection/handshake/proof.ts';
import type { Link } from '../../connection/link/link.ts';
import { LinkUse } from '../../connection/link/link-use.ts';
import { ClosedError } from '../../errors/errors.ts';
import { isInstance } from '../../errors/foreign.ts';
import { ChildConnection } from '../../stream/child/child-connection.ts';
import type { Features } from '../../wire/feature.ts';
import { CLOSING_TEXT } from '../common/going-away.ts';
import { Group } from '../limits/group.ts';
import type { AcceptedClient } from '../server/accepted-client.ts';
import { type ConnectionKeeper, ServerConnection } from '../server/server-connection.ts';
import type { ServerCore } from '../server/server-core.ts';
import type { AcceptorOptions } from './acceptor-options.ts';
import { authenticate } from './authentication.ts';
import { freshConnectionId } from './fresh-connection-id.ts';
import { ParentSearch } from './parent-search.ts';
import { answerOffer } from './server-answer.ts';

/**
 * The connections that an acceptor lets in: all; only children of clients that are connected; or
 * none.
 */
export type AcceptorPhase = 'open' | 'draining' | 'closed';

/** The door that the links have come through. */
export interface Door extends ConnectionKeeper {
  readonly core: ServerCore;
  readonly phase: AcceptorPhase;
  /** Main connections by id. */
  readonly connections: Map<bigint, ServerConnection>;
  /** The client was answered. */
  onAgreed(link: Link): void;
  /** The link counts among those that negotiate no more. */
  leaveDoor(link: Link): void;
}

/** Makes main connections, children and lanes of links with clients that have said what they want. */
export class NegotiatedLinks {
  readonly #door: Door;
  readonly #core: ServerCore;
  readonly #options: AcceptorOptions;
  readonly #parents: ParentSearch;

  constructor(door: Door, options: AcceptorOptions) {
    this.#door = door;
    this.#core = door.core;
    this.#options = options;
    this.#parents = new ParentSearch(door.core.environment, door.connections, options);
  }

  /** Answers the client, and starts to serve the link. @throws if it is not let in. */
  accept(link: Link, negotiation: Negotiation): Promise<void> {
    const { streamParent } = negotiation.features;
    if (streamParent === undefined) return this.#acceptMain(link, negotiation);
    return this.#acceptChild(link, negotiation, streamParent);
  }

  async #acceptMain(link: Link, negotiation: Negotiation): Promise<void> {
    const { isolate, hasExtension } = this.#options;
    const { features } = negotiation;
    const { extensionVersion } = this.#core.environment;
    const extension = agreedExtension(hasExtension, features.extension, extensionVersion);
    const principal = await authenticate(this.#options.authenticate, link, extension);
    const isolation = features.isolation?.toString('utf8');
    const group = isolation === undefined ? undefined : await isolate?.(isolation, link.peer);
    if (group !== undefined && !isInstance(group, Group)) throw new Error('isolate gave no Group');
    this.#assertOpen(link, this.#door.phase === 'open');
    const id = this.#newId();
    const { sessions } = capabilitiesOf(extension?.version ?? 0, extensionVersion);
    const session =
      this.#options.hasStreaming && sessions
        ? makeSessionKey(this.#core.environment.random)
        : undefined;
    const agreed = this.#answer(
      link,
      features,
      id,
      extension && { version: extension.version, session },
    );
    link.adopt(new LinkUse('connection', 'server', agreed.connectionId));
    const client: AcceptedClient = { link, agreed, isolation, principal, group };
    const connection = new ServerConnection(this.#core, client, this.#door);
    this.#door.connections.set(id, connection);
    this.#core.stats.connections++;
    connection.start(negotiation.takeRest());
  }

  async #acceptChild(link: Link, negotiation: Negotiation, parentId: bigint): Promise<void> {
    const { features } = negotiation;
    const found = await this.#parents.find(link, parentId, features, () => {
      // A client that guesses ids must not take the places of others.
      this.#door.leaveDoor(link);
    });
    this.#assertOpen(link, this.#door.phase !== 'closed');
    const { parent, extension, isLane } = found;
    // A child has no session of its own, whatever it says.
    const version = extension && { version: extension.version };
    const agreed = this.#answer(link, features, this.#newId(), version);
    link.writer.budgetBytes = this.#core.environment.limits.sinkBudgetBytes;
    const kind = isLane ? 'lane' : 'child';
    link.adopt(new LinkUse(kind, 'server', agreed.connectionId, parent.connectionId));
    if (isLane) {
      parent.streams.addLane(link, agreed, negotiation.takeRest());
      return;
    }
    const child = new ChildConnection(link, agreed, parent);
    parent.streams.addChild(child);
    child.start(negotiation.takeRest());
  }

  #answer(
    link: Link,
    features: Features,
    connectionId: bigint,
    extension: Pick<Extension, 'version' | 'session'> | undefined,
  ): AgreedWithId {
    const { hasStreaming } = this.#options;
    const offer = { link, features, connectionId, hasStreaming, extension };
    const agreed = answerOffer(this.#core.environment, offer);
    this.#core.stats.sentMessages++;
    this.#door.onAgreed(link);
    return agreed;
  }

  #newId(): bigint {
    const { random } = this.#core.environment;
    return freshConnectionId(random, this.#options.shard, this.#door.connections);
  }

  #assertOpen(link: Link, isLetIn: boolean): void {
    if (link.phase !== 'open')
      throw new ClosedError('closed while negotiating', 'remote', link.cause);
    if (!isLetIn) throw new ClosedError(CLOSING_TEXT, 'local');
  }
}
