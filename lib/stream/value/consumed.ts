import type { Surroundings } from '../../base/surroundings.ts';
import { cancelPath } from '../../base/cancel-path.ts';
import { Deferred } from '../../base/deferred.ts';
import { waitFor, type WaitGuard, type WaitSubject } from '../../base/waiting.ts';
import { areStreamsWatched } from '../../diagnostics/channels.ts';
import type { WatchedCall } from '../../diagnostics/watched-call.ts';
import { isRemote } from '../../document/remote-origin.ts';
import {
  CanceledError,
  StreamClosedError,
  StreamNotFoundError,
  TimeoutError,
} from '../../errors/errors.ts';
import type { Initiator } from '../../errors/rpc-error.ts';
import type { Serializer } from '../../serializer/serializer.ts';
import { isEndOfCall } from '../lane/cancel-message.ts';
import type { SourceSegment } from '../lane/source-segment.ts';
import { Acknowledging } from '../resume/acknowledging.ts';
import type { ConsumedOwner } from './consumed-owner.ts';
import { nestedHandles } from './nested-handles.ts';
import { guardStream, NO_BOUNDS, type StreamBounds } from './stream-bounds.ts';
import { type MetadataKind, StreamDocuments } from './stream-documents.ts';
import type { Leakable } from '../half/leaks.ts';
import { valueEvent } from '../half/half-events.ts';
import type { InputCall, NamedStream } from '../half/named-stream.ts';
import { ToldStream } from '../half/told-stream.ts';
import { SourceHalf } from '../half/source-half.ts';

type Half = SourceHalf<[unknown], SourceSegment>;

const THE_READ: WaitSubject = { what: 'the read', scope: 'stream' };

/**
 * A stream that the peer has offered us. It is the state behind a `RemoteStream`, which may be
 * collected.
 *
 *     offered --open--> opening --> open --> over
 *        \
 *         `--cancel, or collected--> over
 */
export class Consumed implements Leakable, NamedStream {
  readonly number: number;
  /** To be set before the stream is opened. */
  bounds: StreamBounds = NO_BOUNDS;
  /** The call that has named it, if somebody watches it. */
  call: WatchedCall | undefined;
  inputOf: InputCall | undefined;
  readonly #owner: ConsumedOwner;
  readonly #serializer: Serializer;
  readonly #documents = new StreamDocuments();
  readonly #ended = new Deferred();
  #half: Half | undefined;
  /** Made when somebody asks for it, or when the stream may be resumable. */
  #acks: Acknowledging | undefined;
  #opening: Deferred<Half> | undefined;
  #failure: Error | undefined;
  /** Set when the stream is opened, if somebody watches it. */
  #told: ToldStream | undefined;
  /** Set if the stream has limits. */
  #guard: WaitGuard | undefined;

  constructor(owner: ConsumedOwner, number: number, serializer: Serializer) {
    this.#owner = owner;
    this.number = number;
    this.#serializer = serializer;
  }

  /** The reader's word about the items that it is done with. */
  get acks(): Acknowledging {
    return (this.#acks ??= new Acknowledging());
  }

  /** The half of the open stream; undefined before. */
  get half(): Half | undefined {
    return this.#half;
  }

  get surroundings(): Surroundings {
    return this.#owner.environment;
  }

  /** Whether nobody has read from the stream or canceled it. */
  get isOffered(): boolean {
    return this.#half === undefined && this.#opening === undefined && this.#failure === undefined;
  }

  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** The document of its headers or trailers, once it is known; undefined for none. */
  document(kind: MetadataKind): Promise<Buffer | undefined> {
    return this.#documents[kind].promise;
  }

  /** Opens the stream the first time; later calls get the same result. */
  open(): Promise<Half> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#opening === undefined) {
      const over = this.bounds === NO_BOUNDS ? undefined : this.#watch();
      if (over !== undefined) return Promise.reject(over);
      const opening = new Deferred<Half>();
      this.#opening = opening;
      this.#open().then(
        (half) => opening.resolve(half),
        (error: unknown) => opening.reject(error),
      );
    }
    return this.#opening.promise;
  }

  /**
   * As `open`, for an iteration: it gives the stream up if opening takes longer than one item may
   * take.
   */
  async openInTime(): Promise<Half> {
    const { receiveTimeoutMs: timeoutMs } = this.bounds;
    if (timeoutMs === undefined) return this.open();
    const { clock } = this.#owner.environment;
    try {
      return await waitFor(this.open(), clock, { timeoutMs }, THE_READ);
    } catch (error) {
      if (error instanceof TimeoutError) this.cancelWith(error);
      throw error;
    }
  }

  /**
   * Ends the stream by a limit, the signal or a failure at this side: readers get the error, and the
   * producer is told to stop.
   */
  cancelWith(error: Error): void {
    if (this.#half !== undefined) this.#half.cancelWith(error, error);
    else if (this.#failure === undefined) {
      this.#end(error);
      this.#owner.release(this.number, error);
    }
  }

  cancel(reason: unknown): void {
    if (this.#half !== undefined) {
      this.#half.cancel(reason);
      return;
    }
    if (this.#failure !== undefined) return;
    const path = cancelPath(reason, this.#owner.environment.processName);
    const cause = new CanceledError('stream', reason, 'local', path);
    this.#end(new StreamClosedError('the stream was canceled', 'local', cause));
    this.#owner.release(this.number, reason);
  }

  /** The connection is gone. An open stream learns of this from its lane. */
  lose(cause: unknown): void {
    if (this.#half !== undefined || this.#failure !== undefined) return;
    const text = 'the connection of the stream is closed';
    this.#end(this.#endOfCall ?? new StreamClosedError(text, 'transport', cause));
  }

  release(): boolean {
    if (this.isOffered) {
      this.cancel(new Error('the stream was never read'));
      return false;
    }
    if (this.#half !== undefined) return this.#half.release();
    this.cancel(new Error('the stream was dropped while it was opened'));
    return true;
  }

  setCall(call: WatchedCall | undefined): void {
    this.call ??= call;
  }

  onPassed(): void {}

  onUnsent(): void {}

  setNaming(): void {}

  abort(cause: unknown, _initiator: Initiator): void {
    this.cancel(cause);
  }

  async #open(): Promise<Half> {
    let segment: SourceSegment;
    try {
      segment = await this.#owner.open(this.number);
    } catch (error) {
      throw this.#whyNotOpened(error);
    }
    if (this.#failure !== undefined) {
      segment.cancelSource(this.#failure);
      throw this.#failure;
    }
    const half = this.#halfOf(segment);
    this.#half = half;
    this.#owner.remove(this);
    half.ended.then(
      () => this.#finish(),
      (error: unknown) => this.#end(error as Error),
    );
    return half;
  }

  /** Why the caller has given its call up: it has released the streams of the call. */
  get #endOfCall(): Error | undefined {
    const { givenUp } = this.inputOf ?? {};
    return givenUp !== undefined && isEndOfCall(givenUp) ? givenUp : undefined;
  }

  /** A stream that is not there is one of a call that is over, also if its caller has been lost. */
  #whyNotOpened(error: unknown): unknown {
    const isNotThere = error instanceof StreamNotFoundError;
    const why = this.#endOfCall ?? (isNotThere ? this.inputOf?.givenUp : undefined) ?? error;
    if (this.#failure === undefined) {
      this.#end(why as Error);
      // A producer that has refused the stream has released it already.
      if (!isNotThere && !isRemote(error)) this.#owner.release(this.number, error);
    }
    return why;
  }

  #halfOf(segment: SourceSegment): Half {
    const { itemHandles } = this.#owner;
    const isAlone =
      this.bounds === NO_BOUNDS && this.inputOf === undefined && this.call === undefined;
    const half = new SourceHalf<[unknown], SourceSegment>(
      segment,
      this.#serializer,
      isAlone ? itemHandles : nestedHandles(itemHandles, this),
    );
    if (segment.canResume) this.acks.begin(half, this.#owner.readings.add(segment));
    const told = this.#tellStart(segment);
    segment.content.metadata = {
      onHeaders: (document) => {
        this.#documents.headers.resolve(document);
        if (document !== undefined) told?.onHeaders();
      },
      onTrailers: (document) => this.#documents.trailers.resolve(document),
      onMessage: (bytes) => told?.onReceived(segment.receivedMessages, bytes),
    };
    segment.onLost = (cause) => this.inputOf?.loseInput(cause);
    this.#owner.stalls.watch(segment);
    return half;
  }

  /** Its events come in the context of the reader. */
  #tellStart({ id }: SourceSegment): ToldStream | undefined {
    if (!areStreamsWatched()) return undefined;
    this.#told = new ToldStream(valueEvent('consumer', this.number, id, this.call?.event));
    return this.#told;
  }

  /** Watches the limits from now on. Returns an error if they have passed already. */
  #watch(): Error | undefined {
    const { clock } = this.#owner.environment;
    const guard = guardStream(this.bounds, clock, (error) => this.cancelWith(error));
    if (!(guard instanceof Error)) {
      this.#guard = guard;
      return undefined;
    }
    this.cancelWith(guard);
    return guard;
  }

  /** A reader that is dropped before it has acknowledged all leaves its producer waiting. */
  #unwatchLeak(): void {
    if (this.#acks?.isSettling !== true) this.#owner.leaks.unwatch(this);
  }

  #finish(): void {
    this.#owner.stalls.unwatch(this.number);
    this.#guard?.end();
    this.#unwatchLeak();
    this.#documents.end();
    this.#told?.finish(this.#half, undefined);
    this.#ended.resolve();
  }

  #end(error: Error): void {
    if (this.#failure !== undefined) return;
    this.#guard?.end();
    this.#failure = error;
    this.#unwatchLeak();
    this.#owner.stalls.unwatch(this.number);
    this.#owner.remove(this);
    this.#opening?.reject(error);
    this.#documents.lose(error);
    this.#told?.finish(this.#half, error);
    this.#ended.reject(error);
  }
}
