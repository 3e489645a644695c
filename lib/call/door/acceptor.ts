import { fairClock } from '../../base/fair-timer.ts';
import { waitFor } from '../../base/waiting.ts';
import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { capabilitiesOf } from '../../connection/handshake/capabilities.ts';
import { agreedExtension, type Extension } from '../../connection/handshake/extension.ts';
import { Link } from '../../connection/link/link.ts';
import { peerName, placeName } from '../../connection/link/peer-name.ts';
import { LinkCensus } from '../../connection/link/link-census.ts';
import { LinkUse } from '../../connection/link/link-use.ts';
import { type Negotiation, readNegotiation } from '../../connection/handshake/negotiation.ts';
import { makeSessionKey } from '../../connection/handshake/proof.ts';
import { type TellHandshakeEnd, tellHandshake } from '../../diagnostics/handshake-channels.ts';
import { ClosedError, RefusedError } from '../../errors/errors.ts';
import { isInstance, toError } from '../../errors/foreign.ts';
import { ChildConnection } from '../../stream/child/child-connection.ts';
import type { Peer, TlsHandshake, TransportSocket } from '../../transport/transport.ts';
import type { Features } from '../../wire/feature.ts';
import type { AcceptorOptions } from './acceptor-options.ts';
import { authenticate } from './authentication.ts';
import { Doorkeeper, type Verdict } from './doorkeeper.ts';
import { errorText } from '../server/error-text.ts';
import { CLOSING_TEXT } from '../common/going-away.ts';
import { Group } from '../limits/group.ts';
import { freshConnectionId } from './fresh-connection-id.ts';
import { ParentSearch } from './parent-search.ts';
import { answerOffer, tellOfNoTls } from './server-answer.ts';
import type { ServerEventTeller } from './server-events.ts';
import { type TlsDoor, TlsHandshakes } from './tls-handshakes.ts';
import type { AcceptedClient } from '../server/accepted-client.ts';
import { type ConnectionKeeper, ServerConnection } from '../server/server-connection.ts';
import type { ServerCore } from '../server/server-core.ts';

/**
 * The connections that an acceptor lets in: all; only children of clients that are connected; or
 * none.
 */
export type AcceptorPhase = 'open' | 'draining' | 'closed';

/**
 * Lets connections in: limits their number, negotiates, and makes them main connections or
 * children.
 */
export class Acceptor implements ConnectionKeeper, TlsDoor {
  /** Main connections by id. */
  readonly connections: Map<bigint, ServerConnection> = new Map<bigint, ServerConnection>();
  readonly core: ServerCore;
  /** Gets the events of connections. Set before the first connection comes. */
  events: ServerEventTeller | undefined;
  readonly #options: AcceptorOptions;
  /** The handshakes of connections that `accept` will get. */
  readonly handshakes: TlsHandshakes;
  readonly #doorkeeper: Doorkeeper;
  readonly #parents: ParentSearch;
  readonly #links = new LinkCensus();
  /**
   * Links that belong to no connection yet, each with the function that reports its outcome to
   * subscribers.
   */
  readonly #negotiating = new Map<Link, TellHandshakeEnd | undefined>();
  /**
   * The links among them that the doorkeeper counts: all except refused children, which only wait
   * for the refusal.
   */
  readonly #atDoor = new Set<Link>();
  #phase: AcceptorPhase = 'open';

  constructor(core: ServerCore, options: AcceptorOptions) {
    this.core = core;
    this.#options = options;
    this.#doorkeeper = new Doorkeeper(core.environment.clock, options);
    this.handshakes = new TlsHandshakes(core.environment, this.#doorkeeper, this);
    this.#parents = new ParentSearch(core.environment, this.connections, options);
  }

  /** The connections that it lets in; see {@link AcceptorPhase}. */
  get phase(): AcceptorPhase {
    return this.#phase;
  }

  /** The number of sockets that are negotiating. */
  get opening(): number {
    return this.#negotiating.size;
  }

  /**
   * Lets no new clients in. Connected clients may still open streams, because calls under way may
   * need them.
   */
  drain(): void {
    if (this.#phase === 'open') this.#phase = 'draining';
  }

  /** Lets nothing in any more. */
  close(): void {
    this.#phase = 'closed';
  }

  /** Resolves when all sockets are closed. */
  whenEmpty(): Promise<void> {
    return this.#links.whenEmpty();
  }

  /** Closes the sockets that belong to no connection. */
  abortNegotiating(cause: unknown): void {
    this.handshakes.abortAll();
    for (const link of this.#negotiating.keys()) link.abort(cause);
  }

  /** Closes every socket in order, including streams that have outlived their connection. */
  closeAll(cause: unknown): void {
    this.#links.closeAll(cause);
  }

  /** Closes every socket at once. */
  abort(cause: unknown): void {
    this.handshakes.abortAll();
    for (const connection of this.connections.values()) connection.abort(cause);
    this.#links.abortAll(cause);
  }

  onStarted(connection: ServerConnection): void {
    const { connectionId, peer, principal, agreed } = connection;
    const hasExtension = agreed.capabilities.mainMessages;
    this.events?.tell('connected', { connectionId, peer, principal, hasExtension });
  }

  onClosed({ connectionId, peer }: ServerConnection, cause: unknown): void {
    this.connections.delete(connectionId);
    this.core.stats.connections--;
    this.events?.tell('disconnected', { connectionId, peer, cause: toError(cause) });
  }

  /** Asks the doorkeeper, which counts handshakes of TLS and of ours. */
  enter(peer: Peer): Verdict | Promise<Verdict> {
    if (this.#phase === 'closed') return CLOSING_TEXT;
    return this.#doorkeeper.enter(peer, this.#links.size + this.handshakes.size);
  }

  /** The peer learns nothing, and our log that it came. */
  onRefused(level: 'debug' | 'warn', peer: Peer, line: string): void {
    this.core.stats.refusedConnections++;
    this.core.environment.log.write(level, peerName('client', peer), line);
  }

  /** Takes a socket from the listener, with its finished TLS handshake. */
  accept(socket: TransportSocket, handshake?: TlsHandshake): void {
    const { peer } = socket;
    const spentMs = handshake && this.handshakes.take(handshake);
    const verdict = spentMs === undefined ? this.enter(peer) : undefined;
    if (typeof verdict === 'string') {
      this.#turnAway(peer, verdict);
      socket.destroy();
      return;
    }
    const { environment } = this.core;
    const link = new Link(socket, environment, environment.limits.mainBudgetBytes);
    this.#links.add(link);
    const tellEnd = tellHandshake('server', placeName(peer), environment.clock);
    this.#negotiating.set(link, tellEnd);
    this.#atDoor.add(link);
    void this.#negotiateInTime(link, verdict, spentMs ?? 0)
      .catch((error: unknown) => this.#refuse(link, error))
      .finally(() => {
        this.#negotiating.delete(link);
        this.#leaveDoor(link);
      });
  }

  /**
   * The time limit includes TLS, which took `spentMs`, and the hooks. If a hook takes too long, the
   * link is closed when it returns.
   */
  #negotiateInTime(
    link: Link,
    refusal: Promise<Verdict> | undefined,
    spentMs: number,
  ): Promise<void> {
    const { clock, limits } = this.core.environment;
    const bounds = { timeoutMs: Math.max(1, limits.handshakeTimeoutMs - spentMs) };
    const about = { what: 'the negotiation', scope: 'connection' } as const;
    return waitFor(this.#negotiate(link, refusal), fairClock(clock), bounds, about);
  }

  async #negotiate(link: Link, refusal: Promise<Verdict> | undefined): Promise<void> {
    const negotiating = readNegotiation(link, this.core.environment);
    if (refusal !== undefined) {
      // Nothing is read before it is let in.
      link.pause();
      await Promise.race([refusal, negotiating]);
      const problem = await refusal;
      if (problem !== undefined) {
        const error = new RefusedError(problem, { scope: 'connection', initiator: 'local' });
        this.#negotiating.get(link)?.(error);
        this.#turnAway(link.peer, problem);
        link.abort(error);
        return;
      }
      link.resume();
    }
    const negotiation = await negotiating;
    const { streamParent } = negotiation.features;
    if (streamParent === undefined) await this.#acceptMain(link, negotiation);
    else await this.#acceptChild(link, negotiation, streamParent);
  }

  async #acceptMain(link: Link, negotiation: Negotiation): Promise<void> {
    const { isolate, hasExtension } = this.#options;
    const { features } = negotiation;
    const extension = agreedExtension(hasExtension, features.extension);
    const principal = await authenticate(this.#options.authenticate, link, extension);
    const isolation = features.isolation?.toString('utf8');
    const group = isolation === undefined ? undefined : await isolate?.(isolation, link.peer);
    if (group !== undefined && !isInstance(group, Group)) throw new Error('isolate gave no Group');
    this.#assertOpen(link, this.#phase === 'open');
    const id = this.#newId();
    const { sessions } = capabilitiesOf(extension?.version ?? 0);
    const session =
      this.#options.hasStreaming && sessions
        ? makeSessionKey(this.core.environment.random)
        : undefined;
    const agreed = this.#answer(
      link,
      features,
      id,
      extension && { version: extension.version, session },
    );
    link.adopt(new LinkUse('connection', 'server', agreed.connectionId));
    const client: AcceptedClient = { link, agreed, isolation, principal, group };
    const connection = new ServerConnection(this.core, client, this);
    this.connections.set(id, connection);
    this.core.stats.connections++;
    connection.start(negotiation.takeRest());
  }

  async #acceptChild(link: Link, negotiation: Negotiation, parentId: bigint): Promise<void> {
    const { features } = negotiation;
    const found = await this.#parents.find(link, parentId, features, () => {
      // A client that guesses ids must not take the places of others.
      this.#leaveDoor(link);
    });
    this.#assertOpen(link, this.#phase !== 'closed');
    const { parent, extension, isLane } = found;
    // A child has no session of its own, whatever it says.
    const version = extension && { version: extension.version };
    const agreed = this.#answer(link, features, this.#newId(), version);
    link.writer.budgetBytes = this.core.environment.limits.sinkBudgetBytes;
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

  #leaveDoor(link: Link): void {
    if (this.#atDoor.delete(link)) this.#doorkeeper.leave(link.peer);
  }

  #answer(
    link: Link,
    features: Features,
    connectionId: bigint,
    extension: Pick<Extension, 'version' | 'session'> | undefined,
  ): AgreedWithId {
    const { hasStreaming } = this.#options;
    const offer = { link, features, connectionId, hasStreaming, extension };
    const agreed = answerOffer(this.core.environment, offer);
    this.core.stats.sentMessages++;
    this.#negotiating.get(link)?.();
    return agreed;
  }

  #newId(): bigint {
    const { random } = this.core.environment;
    return freshConnectionId(random, this.#options.shard, this.connections);
  }

  #assertOpen(link: Link, isLetIn: boolean): void {
    if (link.phase !== 'open')
      throw new ClosedError('closed while negotiating', 'remote', link.cause);
    if (!isLetIn) throw new ClosedError(CLOSING_TEXT, 'local');
  }

  #turnAway(peer: Peer, reason: string): void {
    this.onRefused('debug', peer, `connection refused: ${reason}`);
  }

  #refuse(link: Link, error: unknown): void {
    this.#negotiating.get(link)?.(error);
    this.onRefused('warn', link.peer, `server connection dropped: ${errorText(error)}`);
    tellOfNoTls(link, error);
    link.close(error);
  }
}
