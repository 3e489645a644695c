import { RateWindow } from '../../base/rate-window.ts';
import type { StatValues } from '../../diagnostics/stats.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { decodeCancel } from '../../document/cancel-document.ts';
import type { Environment } from '../../settings/environment.ts';
import { ERRORS_VERSION, LIVENESS_VERSION } from '../../connection/handshake/extension.ts';
import { Keepalive } from '../../connection/link/keepalive.ts';
import type { Link, LinkReceiver } from '../../connection/link/link.ts';
import type { ProofChecker } from '../../connection/handshake/proof.ts';
import { ClosedError, RefusedError } from '../../errors/errors.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import type { ParentEnd } from '../../stream/half/half-listener.ts';
import { Leaks } from '../../stream/half/leaks.ts';
import type { Parent } from '../../stream/half/parent.ts';
import type { Peer } from '../../transport/transport.ts';
import { type CallCancel, type MainMessage, decodeMainMessage } from '../../wire/main-message.ts';
import type { Features } from '../../wire/feature.ts';
import type { MemoryBudget, ResourceLimits } from '../limits/admission.ts';
import type { CallLimits } from '../limits/call-limits.ts';
import { MAIN_MESSAGE_VERB } from '../common/main-messages.ts';
import { type Authorize, Dispatcher, type Request } from './dispatcher.ts';
import { type ErrorOptions, Failures } from './failures.ts';
import { Gate } from '../limits/gate.ts';
import { type Governor, governorOf } from '../limits/governor.ts';
import type { Group } from '../limits/group.ts';
import type { ContextOwner } from './handler-context.ts';
import { CLOSING_TEXT, goingAway } from '../common/going-away.ts';
import type { Handlers } from './handlers.ts';
import { ReplyWriter } from './reply-writer.ts';
import { RequestReader, type RequestSink } from './request-reader.ts';
import { ServerStreams } from './server-streams.ts';

/** What all main connections of a server share. */
export interface ServerCore extends ErrorOptions {
  readonly environment: Environment;
  readonly handlers: Handlers;
  readonly memory: MemoryBudget;
  readonly resources: ResourceLimits;
  readonly defaultSerializer: Serializer;
  readonly stats: StatValues;
  /** Counts the calls of all connections, where they are limited. */
  readonly governor: Governor | undefined;
  /** What each connection may take of the calls. */
  readonly connectionCalls: CallLimits | undefined;
  readonly authorize: Authorize | undefined;
  /** Streams of one connection that its peer may break off, on the average of ten seconds. */
  readonly brokenStreamsPerSecond: number;
  /** Work that outlives its handler, to be waited for. */
  trackBackground(work: Promise<unknown>): void;
}

/** What makes a main connection at a server. */
export interface ServerConnectionOptions {
  readonly core: ServerCore;
  readonly id: bigint;
  readonly link: Link;
  readonly compressor: Compressor | undefined;
  /** What was agreed. */
  readonly features: Features;
  readonly principal: unknown;
  readonly group: Group | undefined;
  /** The version of our extension that was agreed; 0 for none. */
  readonly extensionVersion: number;
  /** Judges the proofs of its children; undefined where they need none. */
  readonly proofs: ProofChecker | undefined;
  onClosed(connection: ServerConnection): void;
}

/** A main connection at a server: requests in, replies out, and the streams that belong to it. */
export class ServerConnection implements LinkReceiver, Parent, ContextOwner, RequestSink {
  readonly environment: Environment;
  readonly name: string;
  readonly defaultSerializer: Serializer;
  readonly leaks: Leaks;
  readonly streams: ServerStreams;
  readonly auxiliary: Map<string, unknown> = new Map<string, unknown>();

  readonly #options: ServerConnectionOptions;
  readonly #brokenStreams: RateWindow;
  readonly #replies: ReplyWriter;
  readonly #failures: Failures;
  readonly #dispatcher: Dispatcher;
  readonly #reader: RequestReader;
  /** There where both ends speak our extension. */
  readonly #keepalive: Keepalive | undefined;
  #isDraining = false;
  #isEnded = false;
  #onIdle: (() => void) | undefined;

  constructor(options: ServerConnectionOptions) {
    const { core, link, features } = options;
    const { environment, stats } = core;
    this.#options = options;
    this.environment = environment;
    this.name = `client ${link.peer.address}:${link.peer.port}`;
    this.defaultSerializer = core.defaultSerializer;
    this.#brokenStreams = new RateWindow(environment.clock, core.brokenStreamsPerSecond);
    this.leaks = new Leaks({ log: environment.log, who: this.name, stats });
    this.streams = new ServerStreams(this, {
      hasValueStreams: options.proofs !== undefined,
      onChange: () => this.#checkIdle(),
    });
    this.#replies = new ReplyWriter({
      writer: link.writer,
      hasDuration: features.hasHandlerDuration,
      children: this.streams.children,
      stats,
      maxReplyBytes: environment.limits.maxReplyBytes,
    });
    const gate = new Gate({
      clock: environment.clock,
      memory: core.memory,
      resources: core.resources,
      writer: link.writer,
    });
    const isClientStructured = this.extensionVersion >= ERRORS_VERSION;
    this.#failures = new Failures(core, this.#replies, isClientStructured);
    this.#dispatcher = this.#makeDispatcher(gate);
    this.#reader = new RequestReader({
      environment,
      link,
      compressor: options.compressor,
      hasTimeout: features.hasTimeout,
      hasExtension: this.hasExtension,
      gate,
      sink: this,
    });
    if (this.hasExtension) this.#keepalive = new Keepalive(environment, link, this);
  }

  get connectionId(): bigint {
    return this.#options.id;
  }

  get peer(): Peer {
    return this.#options.link.peer;
  }

  get principal(): unknown {
    return this.#options.principal;
  }

  get isolation(): string | undefined {
    return this.#options.features.isolation?.toString('utf8');
  }

  /** Whether both ends speak our extension. */
  get hasExtension(): boolean {
    return this.extensionVersion > 0;
  }

  /** The version of our extension that was agreed; 0 for none. */
  get extensionVersion(): number {
    return this.#options.extensionVersion;
  }

  /** Judges the proofs of its children; undefined where they need none, as those of a plain Seastar. */
  get proofs(): ProofChecker | undefined {
    return this.#options.proofs;
  }

  /** Whether nothing is under way: no handler, no stream. */
  get isIdle(): boolean {
    return this.#dispatcher.running === 0 && this.streams.open === 0;
  }

  /** Whether it is over, though its socket may still linger: no stream can join it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Begins to serve, with what came behind the negotiation. */
  start(rest: Buffer): void {
    const { link } = this.#options;
    link.handOver(this);
    if (this.extensionVersion >= LIVENESS_VERSION) this.#keepalive?.start();
    if (rest.length > 0) this.onData(rest);
    if (link.phase === 'open') link.resume();
  }

  /**
   * Refuses new requests from now on, and tells the client so; `onIdle` is called once nothing is under
   * way.
   */
  drain(graceMs: number, onIdle: () => void): void {
    this.#isDraining = true;
    // Not at once: whoever closes the server may do it in the middle of a reply that is being written.
    this.environment.clock.defer(() => {
      if (this.extensionVersion >= LIVENESS_VERSION) this.tellPeer(goingAway(graceMs));
      this.#onIdle = onIdle;
      this.#checkIdle();
    });
  }

  /** Closes in order: what is written goes out, streams end with `cause`. */
  close(cause: unknown): void {
    this.#end(cause, 'closed');
    this.#options.link.discard(cause);
  }

  /** Closes at once. */
  abort(cause: unknown): void {
    this.#end(cause, 'aborted');
    this.#options.link.destroy(cause);
  }

  removeChild(id: bigint, isBroken: boolean): void {
    const wasThere = this.streams.children.remove(id);
    if (wasThere && isBroken && !this.#isEnded && !this.#brokenStreams.count()) {
      this.#warn('server connection dropped: too many broken streams (brokenStreamsPerSecond)');
      this.abort(
        new RefusedError('too many broken streams', { scope: 'connection', initiator: 'remote' }),
      );
    }
    this.#checkIdle();
  }

  tellPeer(message: MainMessage): void {
    // A result that is being written may have code in it that cancels a stream.
    if (!this.#options.link.writer.isInFrame) this.#replies.sendMainMessage(message);
    else this.environment.clock.defer(() => this.#replies.sendMainMessage(message));
  }

  filterError(error: unknown): unknown {
    return this.#failures.filter(error);
  }

  onRequest(request: Request): void {
    if (request.verb === MAIN_MESSAGE_VERB && this.hasExtension) this.#onMainMessage(request);
    else if (this.#isDraining) this.#refuse(request);
    else this.#dispatcher.dispatch(request);
  }

  onRefused(messageId: number, text: string): void {
    this.#warn(`msg_id ${messageId}: ${text}`);
    this.#replies.sendError(messageId, text, undefined);
  }

  onData(chunk: Buffer): void {
    if (this.#isEnded) return;
    try {
      this.#reader.push(chunk);
    } catch (error) {
      this.#warn(`server connection dropped: ${(error as Error).message}`);
      this.#end(error, 'lost');
      this.#options.link.discard(error);
    }
  }

  onEnd(): void {
    const { cutFrame } = this.#reader;
    if (cutFrame !== undefined) this.#warn(`unexpected eof on a server ${cutFrame}`);
    const cause = new ClosedError('the client closed the connection', 'remote');
    this.#end(cause, 'lost');
    this.#options.link.end();
  }

  onClose(): void {
    this.#end(this.#options.link.cause, 'lost');
    this.#options.onClosed(this);
  }

  #end(cause: unknown, how: ParentEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#reader.stop();
    this.#dispatcher.end(cause);
    this.streams.orphanAll(cause, how);
  }

  /** What came after the drain began; a client that speaks our extension can tell it from a failure. */
  #refuse({ messageId, cost }: Request): void {
    if (this.extensionVersion >= LIVENESS_VERSION)
      this.#replies.sendRefused(messageId, CLOSING_TEXT);
    else this.#replies.sendError(messageId, CLOSING_TEXT, undefined);
    this.#reader.release(cost);
  }

  #onMainMessage(request: Request): void {
    this.#reader.release(request.cost);
    const message = decodeMainMessage(request.payload);
    if (message === undefined) return;
    if (message.kind === 'ping' || message.kind === 'pong') this.#keepalive?.onMessage(message);
    else if (message.kind === 'call-cancel') this.#onCallCancel(message);
    else this.streams.children.onMainMessage(message);
  }

  #onCallCancel({ messageId, reason }: CallCancel): void {
    this.#dispatcher.cancel(messageId, decodeCancel(reason, this.peer));
  }

  #makeDispatcher(gate: Gate): Dispatcher {
    const { core, group } = this.#options;
    return new Dispatcher({
      environment: core.environment,
      handlers: core.handlers,
      children: this.streams.children,
      replies: this.#replies,
      owner: this,
      defaultSerializer: core.defaultSerializer,
      group,
      governors: governorsOf(core),
      authorize: core.authorize,
      failures: this.#failures,
      name: this.name,
      release: (cost) => {
        gate.release(cost);
        this.#checkIdle();
      },
      trackBackground: (work) => core.trackBackground(work),
    });
  }

  #checkIdle(): void {
    if (this.#onIdle === undefined || !this.isIdle) return;
    const onIdle = this.#onIdle;
    this.#onIdle = undefined;
    onIdle();
  }

  #warn(line: string): void {
    this.environment.log.write('warn', `${this.name}: `, line);
  }
}

function governorsOf({ governor, connectionCalls }: ServerCore): Governor[] {
  const own = governorOf('governance.perConnection', connectionCalls);
  return [governor, own].filter((each) => each !== undefined);
}
