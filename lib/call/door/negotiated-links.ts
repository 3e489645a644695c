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
import type { Peer } from '../../transport/transport.ts';
import type { Features } from '../../wire/feature.ts';
import { CLOSING_TEXT } from '../common/going-away.ts';
import { Group } from '../limits/group.ts';
import type { AcceptedClient } from '../server/accepted-client.ts';
import { type ConnectionKeeper, ServerConnection } from '../server/server-connection.ts';
import { ServerSession } from '../server/server-session.ts';
import type { ServerCore } from '../server/server-core.ts';
import type { AcceptorOptions } from './acceptor-options.ts';
import { authenticate, tellRefusal } from './authentication.ts';
import { freshConnectionId } from './fresh-connection-id.ts';
import { ParentSearch } from './parent-search.ts';
import { type ResumeAttempt, Resumes } from './resumes.ts';
import type { SessionRegistry } from './session-registry.ts';
import { type AnsweredExtension, answerOffer } from './server-answer.ts';

/**
 * The connections that an acceptor lets in: all; only children of clients that are connected; or
 * none.
 */
export type AcceptorPhase = 'open' | 'draining' | 'closed';

/** The door that the links have come through. */
export interface Door extends ConnectionKeeper {
  readonly core: ServerCore;
  readonly phase: AcceptorPhase;
  readonly sessions: SessionRegistry;
  /** Main connections by id. */
  readonly connections: Map<bigint, ServerConnection>;
  /** The client was answered. */
  onAgreed(link: Link): void;
  /** The link counts among those that negotiate no more. */
  leaveDoor(link: Link): void;
}

/** A client that asks for a main connection, with what was found out about it. */
interface AskingClient {
  readonly link: Link;
  readonly features: Features;
  readonly extension: Extension | undefined;
  readonly isolation: string | undefined;
  readonly principal: unknown;
  readonly group: Group | undefined;
}

/** Makes main connections, children and lanes of links with clients that have said what they want. */
export class NegotiatedLinks {
  readonly #door: Door;
  readonly #core: ServerCore;
  readonly #options: AcceptorOptions;
  readonly #parents: ParentSearch;
  readonly #resumes: Resumes<ServerSession>;

  constructor(door: Door, options: AcceptorOptions) {
    this.#door = door;
    this.#core = door.core;
    this.#options = options;
    const { environment } = door.core;
    this.#resumes = new Resumes(environment.log, (id) => door.sessions.find(id));
    this.#parents = new ParentSearch(environment, door.connections, options);
  }

  /** Answers the client, and starts to serve the link. @throws if it is not let in. */
  accept(link: Link, negotiation: Negotiation): Promise<void> {
    const { streamParent } = negotiation.features;
    if (streamParent === undefined) return this.#acceptMain(link, negotiation);
    return this.#acceptChild(link, negotiation, streamParent);
  }

  async #acceptMain(link: Link, negotiation: Negotiation): Promise<void> {
    const { features } = negotiation;
    const { extensionVersion: ownVersion } = this.#core.environment;
    const extension = agreedExtension(this.#options.hasExtension, features.extension, ownVersion);
    const attempt = this.#options.hasStreaming
      ? this.#resumes.begin(link.peer, extension)
      : undefined;
    const asking = { link, extension, ownVersion };
    const principal = await authenticate(this.#options.authenticate, asking);
    const isolation = features.isolation?.toString('utf8');
    const group = await this.#groupOf(isolation, link.peer);
    this.#assertOpen(link, this.#door.phase !== 'closed');
    const client = { link, features, extension, isolation, principal, group };
    const isResumed = attempt !== undefined && this.#resumes.accept(attempt, link.peer, principal);
    if (!isResumed && this.#door.phase !== 'open') tellRefusal(asking, { why: 'leaving' });
    this.#assertOpen(link, isResumed || this.#door.phase === 'open');
    const connection = isResumed ? this.#resume(attempt, client) : this.#begin(client);
    this.#door.connections.set(connection.connectionId, connection);
    this.#core.stats.connections++;
    connection.start(negotiation.takeRest());
  }

  async #groupOf(isolation: string | undefined, peer: Peer): Promise<Group | undefined> {
    const { isolate } = this.#options;
    const group = isolation === undefined ? undefined : await isolate?.(isolation, peer);
    if (group !== undefined && !isInstance(group, Group)) throw new Error('isolate gave no Group');
    return group;
  }

  /** The main connection of a client that begins a session, or has none. */
  #begin(asking: AskingClient): ServerConnection {
    const { link, features, extension, isolation, principal, group } = asking;
    const { sessionKeepMs } = this.#core.sessionRules;
    const id = this.#newId();
    const version = extension?.version ?? 0;
    const { sessions, resume } = capabilitiesOf(version, version);
    const session =
      this.#options.hasStreaming && sessions
        ? makeSessionKey(this.#core.environment.random)
        : undefined;
    // A client may say that it will not come back.
    const isKept = resume && session !== undefined && extension?.keepMs !== 0;
    const keepMs = isKept ? sessionKeepMs : undefined;
    const agreed = this.#answer(link, features, id, extension && { version, session, keepMs });
    link.adopt(new LinkUse('connection', 'server', agreed.connectionId));
    const client: AcceptedClient = { link, agreed, isolation, principal, group };
    const own = new ServerSession(this.#core, client, this.#door.sessions);
    if (keepMs !== undefined) this.#door.sessions.add(own);
    return new ServerConnection(this.#core, client, this.#door, own);
  }

  /** The main connection of a client that goes on with its session, in place of the last one. */
  #resume({ session, proof, received }: ResumeAttempt, asking: AskingClient): ServerConnection {
    const { link, features, extension, principal, group } = asking;
    const { isolation, key, proofs } = session;
    const id = this.#newId();
    session.fence();
    session.identity.set(principal);
    const version = extension?.version ?? 0;
    const resumed = proofs && {
      mac: proofs.answer(id, proof),
      received: session.notes?.position ?? 0,
    };
    const answered = this.#answer(link, features, id, { version, resumed });
    const agreed = { ...answered, session: key };
    link.adopt(new LinkUse('connection', 'server', agreed.connectionId));
    const client: AcceptedClient = { link, agreed, isolation, principal, group };
    session.resume(client, received);
    return new ServerConnection(this.#core, client, this.#door, session);
  }

  async #acceptChild(link: Link, negotiation: Negotiation, parentId: bigint): Promise<void> {
    const { features } = negotiation;
    const found = await this.#parents.find(link, parentId, features, () => {
      // A client that guesses ids must not take the places of others.
      this.#door.leaveDoor(link);
    });
    this.#assertOpen(link, this.#door.phase !== 'closed');
    const { parent, extension, isLane, stream } = found;
    const { streams } = parent;
    const place = stream && streams.placeFor(stream);
    // A child has no session of its own, whatever it says.
    const version = extension && { version: extension.version, stream: place?.answer };
    const agreed = this.#answer(link, features, this.#newId(), version);
    link.writer.budgetBytes = this.#core.environment.limits.sinkBudgetBytes;
    const kind = isLane ? 'lane' : 'child';
    link.adopt(new LinkUse(kind, 'server', agreed.connectionId, parent.connectionId));
    if (isLane) {
      streams.addLane(link, agreed, negotiation.takeRest());
      return;
    }
    if (place !== undefined) {
      place.start(link, agreed, negotiation.takeRest());
      return;
    }
    const child = new ChildConnection(link, agreed, parent);
    streams.addChild(child);
    child.start(negotiation.takeRest());
  }

  #answer(
    link: Link,
    features: Features,
    connectionId: bigint,
    extension: AnsweredExtension | undefined,
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
