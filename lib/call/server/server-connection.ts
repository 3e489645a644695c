import { RateWindow } from '../../base/rate-window.ts';
import type { Environment } from '../../settings/environment.ts';
import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { Keepalive } from '../../connection/link/keepalive.ts';
import type { Link } from '../../connection/link/link.ts';
import type { LinkReceiver } from '../../connection/link/link-receiver.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import type { ProofChecker } from '../../connection/handshake/proof.ts';
import type { ConnectionSnapshot } from '../../diagnostics/snapshot.ts';
import { ClosedError, RefusedError, TimeoutError } from '../../errors/errors.ts';
import { isInstance, messageOf } from '../../errors/foreign.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import type { Leaks } from '../../stream/half/leaks.ts';
import type { Parent } from '../../stream/half/parent.ts';
import { ParentFate } from '../../stream/half/parent-fate.ts';
import type { Peer } from '../../transport/transport.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { AcceptedClient } from './accepted-client.ts';
import { CALLS_PER_WRITE } from '../common/calls-per-write.ts';
import { snapshotConnection } from '../common/connection-snapshot.ts';
import { drainCause, goingAway } from '../common/going-away.ts';
import { Farewell } from './farewell.ts';
import { RequestReader } from './request-reader.ts';
import { RequestRouter, type RoutedConnection } from './request-router.ts';
import type { ServerCore } from './server-core.ts';
import { ServerSession } from './server-session.ts';
import type { SessionConnection } from './session-connection.ts';
import { ServerStreams } from './server-streams.ts';

/** Keeps the main connections of a server. */
export interface ConnectionKeeper {
  /** The connection can be used, and nothing of it was read. */
  onStarted(connection: ServerConnection): void;
  /** The connection is closed, for this reason: exactly once, last. */
  onClosed(connection: ServerConnection, cause: unknown): void;
}

/**
 * Whether a connection takes requests.
 *
 *     serving --drain--> draining --end--> ended
 *         \                         /
 *          `----------end----------´
 */
type ConnectionPhase = 'serving' | 'draining' | 'ended';

/**
 * A main connection at a server: it takes requests, sends replies, and has the streams that belong
 * to it. What may outlive it belongs to its session.
 */
export class ServerConnection implements LinkReceiver, Parent, RoutedConnection, SessionConnection {
  readonly environment: Environment;
  readonly name: string;
  readonly fate: ParentFate;
  readonly streams: ServerStreams;
  readonly agreed: AgreedWithId;
  readonly session: ServerSession;

  readonly #link: Link;
  readonly #keeper: ConnectionKeeper;
  readonly #brokenStreams: RateWindow;
  readonly #reader: RequestReader;
  /** Set where both ends speak our extension. */
  readonly #keepalive: Keepalive | undefined;
  #phase: ConnectionPhase;
  /** Set once the server goes away, of a client that can come back. */
  #farewell: Farewell | undefined;
  /** Set when it has ended. */
  #cause: unknown;

  /** @param session - that the client has gone on with. Default: a new one. */
  constructor(
    core: ServerCore,
    client: AcceptedClient,
    keeper: ConnectionKeeper,
    session: ServerSession = new ServerSession(core, client),
  ) {
    const { agreed, link } = client;
    const { environment } = core;
    const { parts, dispatcher } = session.calls;
    this.agreed = agreed;
    this.session = session;
    this.#link = link;
    link.writer.maxGathered = CALLS_PER_WRITE;
    this.#keeper = keeper;
    this.environment = environment;
    this.name = peerName('client', link.peer);
    this.#phase = session.drainCause === undefined ? 'serving' : 'draining';
    this.#brokenStreams = new RateWindow(environment.clock, core.brokenStreamsPerSecond);
    this.fate = new ParentFate(environment.clock, environment.limits.orphanTimeoutMs);
    session.attach(this);
    const { resume } = agreed.capabilities;
    this.streams = new ServerStreams(this, parts.children, resume, session.underWay);
    if (agreed.capabilities.mainMessages) this.#keepalive = new Keepalive(environment, link, this);
    const router = new RequestRouter(this, parts, dispatcher, this.#keepalive);
    const { arrivalTimeoutMs } = core.resources;
    this.#reader = new RequestReader(
      environment,
      client,
      parts.gate,
      router,
      arrivalTimeoutMs,
      session.notes,
    );
  }

  /** Watches the facades of this client's sinks and sources. */
  get leaks(): Leaks {
    return this.session.calls.leaks;
  }

  /** Judges the proofs of its children; undefined if they need none, as with a plain Seastar. */
  get proofs(): ProofChecker | undefined {
    return this.session.proofs;
  }

  get connectionId(): bigint {
    return this.agreed.connectionId;
  }

  get peer(): Peer {
    return this.#link.peer;
  }

  get principal(): unknown {
    return this.session.principal;
  }

  get isolation(): string | undefined {
    return this.session.isolation;
  }

  /** Whether no handler runs and no stream is open. */
  get isIdle(): boolean {
    return this.session.underWay.count === 0;
  }

  get isDraining(): boolean {
    return this.#phase === 'draining';
  }

  /** Whether it has ended, so that no stream can join it. Its socket may still linger. */
  get isEnded(): boolean {
    return this.#phase === 'ended';
  }

  /** The current state of the connection, with its streams and calls. */
  snapshot(): ConnectionSnapshot {
    const { children, lanes } = this.streams;
    const runningCalls = this.session.calls.parts.gate.inFlight;
    const roundTripMs = this.#keepalive?.roundTripMs;
    return snapshotConnection({ link: this.#link, children, lanes, runningCalls, roundTripMs });
  }

  /** Starts to serve, beginning with the bytes that came behind the negotiation. */
  start(rest: Buffer): void {
    this.#link.handOver(this);
    this.#keeper.onStarted(this);
    if (this.isEnded) return;
    if (this.agreed.capabilities.liveness && this.#keepalive !== undefined) {
      this.#keepalive.start();
      this.fate.ask(this.#keepalive);
    }
    if (rest.length > 0) this.onData(rest);
    if (this.#link.phase === 'open') this.#link.resume();
  }

  /**
   * Tells the client and the running calls that the server goes away, and refuses new requests from
   * then on. Resolves once the client has heard of it, and no call or stream is under way.
   */
  drain(graceMs: number): Promise<void> {
    // Not at once: the server may be closed while a reply is being written. No refusal may go ahead of
    // the announcement: a client that has not read it takes the refusal for its call's end.
    return new Promise((resolve) => {
      this.environment.clock.defer(() => {
        if (this.#phase === 'serving') this.#phase = 'draining';
        if (this.agreed.capabilities.goingAway) this.session.tellPeer(goingAway(graceMs));
        this.#askWhetherHeard();
        const drained = this.session.drain(drainCause(graceMs));
        resolve(Promise.all([drained, this.#farewell?.heard]).then(() => {}));
      });
    });
  }

  /** Closes in order: written bytes still go out, and streams end with `cause`. */
  close(cause: unknown): void {
    this.#end(cause, 'closed');
    this.#link.close(cause);
  }

  fence(cause: unknown): void {
    this.#phase = 'ended';
    this.#cause = cause;
    this.#farewell?.end();
    this.#reader.end();
    this.#endStreams(cause, 'aborted');
    this.#link.abort(cause);
  }

  /** Closes at once. */
  abort(cause: unknown): void {
    this.#end(cause, 'aborted');
    this.#link.abort(cause);
  }

  removeChild(id: bigint, isBroken: boolean): void {
    const wasThere = this.streams.removeChild(id);
    if (wasThere && isBroken && !this.isEnded && !this.#brokenStreams.count()) {
      this.#warn('server connection dropped: too many broken streams (brokenStreamsPerSecond)');
      this.abort(
        new RefusedError('too many broken streams', { scope: 'connection', initiator: 'remote' }),
      );
    }
  }

  tellPeer(message: MainMessage): void {
    // The session may have gone on with another connection.
    if (this.session.isOn(this)) this.session.tellPeer(message);
  }

  filterError(error: unknown, tell: (told: unknown, isFiltered: boolean) => void): void {
    this.session.calls.parts.failures.filter(error, tell);
  }

  /** The client breaks the rules. */
  onError(error: unknown): void {
    this.#warn(`server connection dropped: ${messageOf(error)}`);
    // A client that breaks the rules does not get a second chance; one that is slow does.
    this.#end(error, 'lost', isInstance(error, TimeoutError));
    this.#link.close(error);
  }

  onData(chunk: Buffer): void {
    if (this.isEnded) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.onError(error);
    }
  }

  onEnd(): void {
    const { cutFrame } = this.#reader;
    if (cutFrame !== undefined) this.#warn(`unexpected eof on a server ${cutFrame}`);
    const cause = new ClosedError('the client closed the connection', 'remote');
    this.#end(cause, 'lost', true);
    this.#link.end();
  }

  onClose(): void {
    this.#end(this.#link.cause, 'lost', true);
    this.#keeper.onClosed(this, this.#cause);
  }

  /** A client that comes back repeats elsewhere what is refused here. */
  #askWhetherHeard(): void {
    const keepalive = this.session.notes === undefined ? undefined : this.#keepalive;
    if (this.#phase !== 'draining' || keepalive === undefined) return;
    this.#farewell = new Farewell(this.environment.clock, keepalive);
  }

  /** @param mayResume - whether the client may come back on another connection. */
  #end(cause: unknown, how: ParentEnd, mayResume = false): void {
    if (this.isEnded) return;
    this.#phase = 'ended';
    this.#cause = cause;
    this.#farewell?.end();
    this.#reader.end();
    const isKept = mayResume && this.session.lose(cause);
    if (!isKept) this.session.end(cause);
    this.#endStreams(cause, how);
    if (!isKept) this.session.calls.streams?.end(cause);
  }

  #endStreams(cause: unknown, how: ParentEnd): void {
    this.fate.end(cause);
    this.streams.loseParent(cause, how);
  }

  #warn(line: string): void {
    this.environment.log.write('warn', this.name, line);
  }
}
