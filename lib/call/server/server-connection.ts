import { RateWindow } from '../../base/rate-window.ts';
import { UnderWay } from '../../base/under-way.ts';
import type { Environment } from '../../settings/environment.ts';
import type { AgreedWithId } from '../../connection/handshake/agreed.ts';
import { Keepalive } from '../../connection/link/keepalive.ts';
import type { Link } from '../../connection/link/link.ts';
import type { LinkReceiver } from '../../connection/link/link-receiver.ts';
import { peerName } from '../../connection/link/peer-name.ts';
import { ProofChecker } from '../../connection/handshake/proof.ts';
import type { ConnectionSnapshot } from '../../diagnostics/snapshot.ts';
import { ClosedError, RefusedError } from '../../errors/errors.ts';
import { messageOf } from '../../errors/foreign.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import { Leaks } from '../../stream/half/leaks.ts';
import type { Parent } from '../../stream/half/parent.ts';
import { ParentFate } from '../../stream/half/parent-fate.ts';
import type { Peer } from '../../transport/transport.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { AcceptedClient } from './accepted-client.ts';
import type { CallParts } from './call-parts.ts';
import { ClientLog } from './client-log.ts';
import { Dispatcher } from './dispatcher.ts';
import { Failures } from './failures.ts';
import { Gate } from '../limits/gate.ts';
import { snapshotConnection } from '../common/connection-snapshot.ts';
import { drainCause, goingAway } from '../common/going-away.ts';
import { ReplyWriter } from './reply-writer.ts';
import { RequestReader } from './request-reader.ts';
import { RequestRouter, type RoutedConnection } from './request-router.ts';
import type { ServerCore } from './server-core.ts';
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
 * to it.
 */
export class ServerConnection implements LinkReceiver, Parent, RoutedConnection {
  readonly environment: Environment;
  readonly name: string;
  readonly leaks: Leaks;
  readonly fate: ParentFate;
  readonly streams: ServerStreams;
  readonly auxiliary: Map<string, unknown> = new Map<string, unknown>();
  readonly agreed: AgreedWithId;
  /** Judges the proofs of its children; undefined if they need none, as with a plain Seastar. */
  readonly proofs: ProofChecker | undefined;

  readonly #client: AcceptedClient;
  readonly #link: Link;
  readonly #keeper: ConnectionKeeper;
  readonly #log: ClientLog;
  readonly #brokenStreams: RateWindow;
  /** Counts running handlers and open streams. */
  readonly #underWay = new UnderWay();
  readonly #gate: Gate;
  readonly #replies: ReplyWriter;
  readonly #failures: Failures;
  readonly #dispatcher: Dispatcher;
  readonly #reader: RequestReader;
  /** Set where both ends speak our extension. */
  readonly #keepalive: Keepalive | undefined;
  #phase: ConnectionPhase = 'serving';
  /** Set when it has ended. */
  #cause: unknown;

  constructor(core: ServerCore, client: AcceptedClient, keeper: ConnectionKeeper) {
    const { agreed, link } = client;
    const { capabilities, connectionId, session } = agreed;
    const { environment, stats } = core;
    this.agreed = agreed;
    this.proofs = session && new ProofChecker(session, connectionId);
    this.#client = client;
    this.#link = link;
    this.#keeper = keeper;
    this.environment = environment;
    this.name = peerName('client', link.peer);
    this.#log = new ClientLog(environment.log, this.name);
    this.#brokenStreams = new RateWindow(environment.clock, core.brokenStreamsPerSecond);
    this.leaks = new Leaks(environment.collector, { log: environment.log, who: this.name, stats });
    this.fate = new ParentFate(environment.clock, environment.limits.orphanTimeoutMs);
    this.streams = new ServerStreams(this, session !== undefined, this.#underWay);
    const { children } = this.streams;
    this.#gate = new Gate(environment.clock, core.memory, core.resources, link.writer);
    this.#replies = new ReplyWriter(core, link, children, agreed.hasHandlerDuration);
    this.#failures = new Failures(core, this.#replies, capabilities.structuredErrors);
    const parts: CallParts = {
      log: this.#log,
      gate: this.#gate,
      children,
      replies: this.#replies,
      failures: this.#failures,
      underWay: this.#underWay,
    };
    this.#dispatcher = new Dispatcher(core, parts, client.group);
    if (capabilities.mainMessages)
      this.#keepalive = new Keepalive(environment, link, this.#replies);
    const router = new RequestRouter(this, parts, this.#dispatcher, this.#keepalive);
    const { arrivalTimeoutMs } = core.resources;
    this.#reader = new RequestReader(environment, client, this.#gate, router, arrivalTimeoutMs);
  }

  get connectionId(): bigint {
    return this.agreed.connectionId;
  }

  get peer(): Peer {
    return this.#link.peer;
  }

  get principal(): unknown {
    return this.#client.principal;
  }

  get isolation(): string | undefined {
    return this.#client.isolation;
  }

  /** Whether no handler runs and no stream is open. */
  get isIdle(): boolean {
    return this.#underWay.count === 0;
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
    const runningCalls = this.#gate.inFlight;
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
   * Refuses new requests from now on, and tells the client and the running calls so. Resolves once no
   * call or stream is under way.
   */
  drain(graceMs: number): Promise<void> {
    if (this.#phase === 'serving') this.#phase = 'draining';
    // Not at once: the server may be closed while a reply is being written.
    return new Promise((resolve) => {
      this.environment.clock.defer(() => {
        if (this.agreed.capabilities.goingAway) this.tellPeer(goingAway(graceMs));
        this.#dispatcher.drain(drainCause(graceMs));
        resolve(this.#underWay.whenIdle());
      });
    });
  }

  /** Closes in order: written bytes still go out, and streams end with `cause`. */
  close(cause: unknown): void {
    this.#end(cause, 'closed');
    this.#link.close(cause);
  }

  /** Closes at once. */
  abort(cause: unknown): void {
    this.#end(cause, 'aborted');
    this.#link.abort(cause);
  }

  removeChild(id: bigint, isBroken: boolean): void {
    const wasThere = this.streams.removeChild(id);
    if (wasThere && isBroken && !this.isEnded && !this.#brokenStreams.count()) {
      this.#log.warn('server connection dropped: too many broken streams (brokenStreamsPerSecond)');
      this.abort(
        new RefusedError('too many broken streams', { scope: 'connection', initiator: 'remote' }),
      );
    }
  }

  tellPeer(message: MainMessage): void {
    this.#replies.tellPeer(message);
  }

  filterError(error: unknown, tell: (told: unknown, isFiltered: boolean) => void): void {
    this.#failures.filter(error, tell);
  }

  /** The client breaks the rules. */
  onError(error: unknown): void {
    this.#log.warn(`server connection dropped: ${messageOf(error)}`);
    this.#end(error, 'lost');
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
    if (cutFrame !== undefined) this.#log.warn(`unexpected eof on a server ${cutFrame}`);
    const cause = new ClosedError('the client closed the connection', 'remote');
    this.#end(cause, 'lost');
    this.#link.end();
  }

  onClose(): void {
    this.#end(this.#link.cause, 'lost');
    this.#keeper.onClosed(this, this.#cause);
  }

  #end(cause: unknown, how: ParentEnd): void {
    if (this.isEnded) return;
    this.#phase = 'ended';
    this.#cause = cause;
    this.#reader.end();
    this.#dispatcher.end(cause);
    this.fate.end(cause);
    this.streams.loseParent(cause, how);
  }
}
