import { RateWindow } from '../base/rate-window.ts';
import type { StatValues } from '../base/stats.ts';
import type { Compressor } from '../compression/compressor.ts';
import type { Environment } from '../connection/environment.ts';
import type { Link, LinkReceiver } from '../connection/link.ts';
import { ClosedError, RefusedError } from '../errors.ts';
import type { Serializer } from '../serializer/serializer.ts';
import type { ChildConnection } from '../stream/child-connection.ts';
import type { ParentEnd } from '../stream/child-options.ts';
import { Children } from '../stream/children.ts';
import { Leaks } from '../stream/leaks.ts';
import type { Parent } from '../stream/parent.ts';
import type { Peer } from '../transport/transport.ts';
import { type ControlMessage, decodeControlMessage } from '../wire/control-message.ts';
import type { Features } from '../wire/feature.ts';
import type { MemoryBudget, ResourceLimits } from './admission.ts';
import { CONTROL_VERB } from './control.ts';
import { type Authorize, Dispatcher, type Request } from './dispatcher.ts';
import { Gate } from './gate.ts';
import type { Group } from './group.ts';
import type { ContextOwner } from './handler-context.ts';
import type { Handlers } from './handlers.ts';
import { ReplyWriter } from './reply-writer.ts';
import { RequestReader, type RequestSink } from './request-reader.ts';

/** What all main connections of a server share. */
export interface ServerCore {
  readonly environment: Environment;
  readonly handlers: Handlers;
  readonly memory: MemoryBudget;
  readonly resources: ResourceLimits;
  readonly defaultSerializer: Serializer;
  readonly stats: StatValues;
  readonly authorize: Authorize | undefined;
  /** Streams of one connection that its peer may break off, on the average of ten seconds. */
  readonly brokenStreamsPerSecond: number;
  readonly errorText: (error: unknown) => string;
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
  onClosed(connection: ServerConnection): void;
}

/** A main connection at a server: requests in, replies out, and the streams that belong to it. */
export class ServerConnection implements LinkReceiver, Parent, ContextOwner, RequestSink {
  readonly environment: Environment;
  readonly name: string;
  readonly defaultSerializer: Serializer;
  readonly leaks: Leaks;
  readonly children: Children;
  readonly auxiliary: Map<string, unknown> = new Map<string, unknown>();

  readonly #options: ServerConnectionOptions;
  readonly #brokenStreams: RateWindow;
  readonly #replies: ReplyWriter;
  readonly #dispatcher: Dispatcher;
  readonly #reader: RequestReader;
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
    this.children = new Children(core.defaultSerializer);
    this.#brokenStreams = new RateWindow(environment.clock, core.brokenStreamsPerSecond);
    this.leaks = new Leaks({ log: environment.log, who: this.name, stats });
    this.#replies = new ReplyWriter({
      writer: link.writer,
      hasDuration: features.hasHandlerDuration,
      children: this.children,
      stats,
      maxReplyBytes: environment.limits.maxReplyBytes,
    });
    const gate = new Gate({
      clock: environment.clock,
      memory: core.memory,
      resources: core.resources,
      writer: link.writer,
    });
    this.#dispatcher = this.#makeDispatcher(gate);
    this.#reader = new RequestReader({
      environment,
      link,
      compressor: options.compressor,
      hasTimeout: features.hasTimeout,
      gate,
      sink: this,
    });
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
    return this.#options.features.extension !== undefined;
  }

  /** Whether nothing is under way: no handler, no stream. */
  get isIdle(): boolean {
    return this.#dispatcher.running === 0 && this.children.size === 0;
  }

  /** Whether it is over, though its socket may still linger: no stream can join it. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** Begins to serve, with what came behind the negotiation. */
  start(rest: Buffer): void {
    const { link } = this.#options;
    link.handOver(this);
    if (rest.length > 0) this.onData(rest);
    if (link.phase === 'open') link.resume();
  }

  /** Refuses new requests from now on; `onIdle` is called once nothing is under way. */
  drain(onIdle: () => void): void {
    this.#isDraining = true;
    this.#onIdle = onIdle;
    this.#checkIdle();
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

  /** A child was accepted. */
  addChild(child: ChildConnection): void {
    this.children.add(child);
  }

  removeChild(id: bigint, isBroken: boolean): void {
    const wasThere = this.children.remove(id);
    if (wasThere && isBroken && !this.#isEnded && !this.#brokenStreams.count()) {
      this.#warn('server connection dropped: too many broken streams (brokenStreamsPerSecond)');
      this.abort(
        new RefusedError('too many broken streams', { scope: 'connection', initiator: 'remote' }),
      );
    }
    this.#checkIdle();
  }

  tellPeer(message: ControlMessage): void {
    this.#replies.sendControl(message);
  }

  onRequest(request: Request): void {
    if (request.verb === CONTROL_VERB && this.hasExtension) this.#onControl(request);
    else if (this.#isDraining) {
      this.#replies.sendError(request.messageId, 'the server is closing', undefined);
      this.#reader.release(request.cost);
    } else this.#dispatcher.dispatch(request);
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
    this.children.orphanAll(cause, how);
  }

  #onControl(request: Request): void {
    this.#reader.release(request.cost);
    const message = decodeControlMessage(request.payload);
    if (message !== undefined) this.children.onControlMessage(message);
  }

  #makeDispatcher(gate: Gate): Dispatcher {
    const { core, group } = this.#options;
    return new Dispatcher({
      environment: core.environment,
      handlers: core.handlers,
      children: this.children,
      replies: this.#replies,
      owner: this,
      defaultSerializer: core.defaultSerializer,
      group,
      authorize: core.authorize,
      errorText: core.errorText,
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
