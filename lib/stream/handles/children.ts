import { MisuseError, StreamNotFoundError, UnsupportedError } from '../../errors/errors.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import { serializerByName } from '../../serializer/types/serializer-by-name.ts';
import { redactConnectionId } from '../../wire/connection-id.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { ChildConnection } from '../child/child-connection.ts';
import type { StreamSnapshot } from '../../diagnostics/snapshot.ts';
import { VerbStream } from '../verb/verb-stream.ts';
import type { VerbStreams } from '../verb/verb-streams.ts';
import type { SessionStreams } from './session-streams.ts';
import { ChildStalls } from './child-stalls.ts';
import type { ParentEnd } from '../half/half-listener.ts';
import type { NamedStream } from '../half/named-stream.ts';
import type { ValueStreams } from '../value/value-streams.ts';
import { SourceHalf } from '../half/source-half.ts';
import type { SendingHalf } from '../user/sending-half.ts';
import { StreamSink } from '../user/stream-sink.ts';
import { StreamSource } from '../user/stream-source.ts';

/**
 * The child connections of one main connection, by id, and the handles by which values name them. A
 * value can only name streams of the connection that carries it.
 */
export class Children implements StreamHandles {
  readonly #byId = new Map<bigint, ChildConnection>();
  /** Watches the streams of verbs. */
  readonly stalls: ChildStalls = new ChildStalls((id) => this.#find(id));
  readonly #serializer: Serializer;
  /**
   * The streams that the current value names; read by the code that encodes or decodes the value.
   */
  #named: NamedStream[] = [];

  /**
   * The streams that values may hold while these are attached; undefined if the peer does not speak
   * our extension.
   */
  readonly valueStreams: ValueStreams | undefined;
  /** The resumable streams of verbs; undefined where there can be none. */
  readonly verbStreams: VerbStreams | undefined;

  /**
   * @param serializer - of streams that name none.
   * @param streams - those of the session; undefined if it has none.
   */
  constructor(serializer: Serializer, streams?: SessionStreams) {
    this.#serializer = serializer;
    this.valueStreams = streams?.valueStreams;
    this.verbStreams = streams?.verbStreams;
  }

  /** The number of child connections that verbs' streams have. */
  get size(): number {
    return this.#byId.size + (this.verbStreams?.connections ?? 0);
  }

  /** The part of `limits.maxChildren` that they take: a stream keeps its place while it has no connection. */
  get places(): number {
    const { size = 0, connections = 0 } = this.verbStreams ?? {};
    return this.#byId.size + Math.max(size, connections);
  }

  add(child: ChildConnection): void {
    this.#byId.set(child.id, child);
    this.stalls.watch(child);
  }

  /** Removes a child. Returns whether it was there. */
  remove(id: bigint): boolean {
    this.stalls.unwatch(id);
    return this.#byId.delete(id);
  }

  all(): ChildConnection[] {
    return [...this.#byId.values()];
  }

  /** The directions of all streams that are open, or have an unconfirmed end. */
  snapshot(): StreamSnapshot[] {
    const streams = [...this.all(), ...(this.verbStreams?.all() ?? [])];
    return streams.flatMap((stream) => stream.snapshot());
  }

  /** The peer reports about a reader or a sink. Does nothing if the stream is gone. */
  onMainMessage(message: MainMessage): void {
    if (this.valueStreams?.onMainMessage(message) === true) return;
    if (this.verbStreams?.onMainMessage(message) === true) return;
    if (message.kind === 'eos-taken') this.#byId.get(message.streamId)?.confirmEos();
    else if (message.kind === 'canceled') this.#byId.get(message.streamId)?.onSinkCanceled();
    else this.stalls.onMainMessage(message);
  }

  /** The main connection is gone. */
  loseParent(cause: unknown, how: ParentEnd): void {
    this.stalls.end();
    for (const child of this.all()) child.loseParent(cause, how);
  }

  /** The streams that were named since the last call; undefined for none. */
  takeNamed(): NamedStream[] | undefined {
    if (this.#named.length === 0) return undefined;
    const named = this.#named;
    this.#named = [];
    return named;
  }

  describe(handle: object, declared?: Serializer): { id: bigint; serializer: string } {
    if (!(handle instanceof StreamSink)) {
      throw new MisuseError('only a sink can be passed on; a source stays where it is read');
    }
    const { half } = handle;
    const { child } = half;
    if (child.sinkState.phase === 'failed') throw child.sinkState.closedError();
    const known = this.#find(child.id);
    if (known !== child) throw strayError(half);
    if (child.isSinkPassed || this.#named.includes(child)) {
      throw new MisuseError('the sink was passed in a call before');
    }
    this.#named.push(child);
    if (declared !== undefined) half.adoptSerializer(declared);
    return { id: child.id, serializer: half.serializer.name };
  }

  resolve(id: bigint, serializer: Serializer | undefined): object {
    const child = this.#find(id);
    if (child === undefined) {
      throw new StreamNotFoundError(`rpc stream id ${redactConnectionId(id)} not found`, 'remote');
    }
    const { sourceState } = child instanceof VerbStream ? child.segment : child;
    if (sourceState.phase !== 'unopened') {
      throw new StreamNotFoundError(
        `rpc stream id ${redactConnectionId(id)} was passed before, or has ended`,
        'remote',
      );
    }
    this.#named.push(child);
    const own = serializer ?? this.#serializer;
    if (child instanceof VerbStream) return new StreamSource(child.openSource(own), child);
    return new StreamSource(new SourceHalf(child, own), child);
  }

  serializerNamed(name: string, own: Serializer): Serializer {
    return serializerByName(name, own);
  }

  offer(stream: object): { number: number; serializer: string } {
    const produced = this.#need().offer(stream);
    this.#named.push(produced);
    return { number: produced.number, serializer: produced.serializer.name };
  }

  accept(number: number, serializer: Serializer): object {
    const { consumed, stream } = this.#need().accept(number, serializer);
    this.#named.push(consumed);
    return stream;
  }

  #find(id: bigint): ChildConnection | VerbStream | undefined {
    return this.#byId.get(id) ?? this.verbStreams?.get(id);
  }

  #need(): ValueStreams {
    if (this.valueStreams?.isUsable === true) return this.valueStreams;
    throw new UnsupportedError('a stream in a value');
  }
}

/** The error for a sink that was closed, and is not one of the connection that is to carry its name. */
function strayError({ loss }: SendingHalf): Error {
  return loss ?? new MisuseError('the sink belongs to another connection');
}
