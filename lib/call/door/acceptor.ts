import { fairClock } from '../../base/fair-timer.ts';
import { waitFor } from '../../base/waiting.ts';
import { Link } from '../../connection/link/link.ts';
import { peerName, placeName } from '../../connection/link/peer-name.ts';
import { LinkCensus } from '../../connection/link/link-census.ts';
import { readNegotiation } from '../../connection/handshake/negotiation.ts';
import { type TellHandshakeEnd, tellHandshake } from '../../diagnostics/handshake-channels.ts';
import { RefusedError } from '../../errors/errors.ts';
import { toError } from '../../errors/foreign.ts';
import type { Peer, TlsHandshake, TransportSocket } from '../../transport/transport.ts';
import type { AcceptorOptions } from './acceptor-options.ts';
import { Doorkeeper, type Verdict } from './doorkeeper.ts';
import { errorText } from '../server/error-text.ts';
import { CLOSING_TEXT, drainCause, goingAway } from '../common/going-away.ts';
import { type AcceptorPhase, type Door, NegotiatedLinks } from './negotiated-links.ts';
import { SessionRegistry } from './session-registry.ts';
import { tellOfNoTls } from './server-answer.ts';
import type { ServerEventTeller } from './server-events.ts';
import { type TlsDoor, TlsHandshakes } from './tls-handshakes.ts';
import type { ServerConnection } from '../server/server-connection.ts';
import type { ServerCore } from '../server/server-core.ts';

/** Lets connections in: limits their number, and negotiates. */
export class Acceptor implements Door, TlsDoor {
  /** Main connections by id. */
  readonly connections: Map<bigint, ServerConnection> = new Map<bigint, ServerConnection>();
  readonly core: ServerCore;
  /** The sessions that clients may go on with. */
  readonly sessions: SessionRegistry;
  /** Gets the events of connections. Set before the first connection comes. */
  events: ServerEventTeller | undefined;
  /** The handshakes of connections that `accept` will get. */
  readonly handshakes: TlsHandshakes;
  readonly #doorkeeper: Doorkeeper;
  readonly #negotiated: NegotiatedLinks;
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
    this.sessions = new SessionRegistry(core.environment, core.sessionRules);
    this.#doorkeeper = new Doorkeeper(core.environment.clock, options);
    this.handshakes = new TlsHandshakes(core.environment, this.#doorkeeper, this);
    this.#negotiated = new NegotiatedLinks(this, options);
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

  /** Drains all clients, those that are away too. Resolves when nothing of them is under way. */
  async drainClients(graceMs: number): Promise<void> {
    const live = [...this.connections.values()].map((each) => each.drain(graceMs));
    const away = this.sessions.away().map((session) => {
      session.tellPeer(goingAway(graceMs));
      return session.drain(drainCause(graceMs));
    });
    await Promise.all([...live, ...away]);
  }

  /** Lets nothing in any more, and keeps no session of a client that goes away. */
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
    this.sessions.close(cause);
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

  onAgreed(link: Link): void {
    this.#negotiating.get(link)?.();
  }

  leaveDoor(link: Link): void {
    if (this.#atDoor.delete(link)) this.#doorkeeper.leave(link.peer);
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
        this.leaveDoor(link);
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
    await this.#negotiated.accept(link, await negotiating);
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
