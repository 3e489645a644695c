import { Deferred } from '../../base/deferred.ts';
import type { UnderWay } from '../../base/under-way.ts';
import { ClosedError } from '../../errors/errors.ts';
import type { Environment } from '../../settings/environment.ts';
import { AckBatch, type Acks } from '../../wire/acks.ts';
import type { MainMessage } from '../../wire/main-message.ts';
import type { Leaks } from '../half/leaks.ts';
import type { Parent } from '../half/parent.ts';
import type { KeptMemory } from '../resume/kept-memory.ts';
import { PlannedAcks } from '../resume/planned-acks.ts';
import { ResumeTurns } from '../resume/resume-turns.ts';
import type { MakeLane } from './moving-stream.ts';
import { redial, type StreamDialer } from './redial.ts';
import type { StreamLane } from './stream-lane.ts';
import { connectionLoss } from '../value/retained-words.ts';
import type { VerbReading } from './verb-reading.ts';
import { VerbStream } from './verb-stream.ts';
import type { VerbSession } from './verb-session.ts';

/** Finds connections that stand still though the main connection lives. */
interface StreamStalls {
  watchStream(stream: VerbStream): void;
  unwatch(id: bigint): void;
}

/** The main connection that the streams belong to. */
export interface VerbStreamsPort {
  readonly peer: Pick<Parent, 'tellPeer'>;
  /** Counts the streams that are not over. */
  readonly underWay: UnderWay;
  readonly stalls: StreamStalls;
  /** Opens connections; undefined at a server, which waits for its client. */
  readonly dialer?: StreamDialer | undefined;
}

/**
 * The resumable streams of verbs of one session, by the ids of their first child connections, until
 * both directions are over. They belong to one main connection at a time.
 *
 *     detached --attach--> attached --detach--> detached
 *        \                    \
 *         `--end--> over       `--end--> over
 */
export class VerbStreams implements VerbSession<VerbStream> {
  readonly environment: Environment;
  readonly leaks: Leaks;
  readonly memory: KeptMemory;
  readonly turns: ResumeTurns;
  /** Keeps messages for the next connection while there is none. */
  awayPeer: Pick<Parent, 'tellPeer'> | undefined;
  readonly #byId = new Map<bigint, VerbStream>();
  readonly #lanes = new Set<StreamLane>();
  readonly #acks: PlannedAcks<VerbReading>;
  #port: VerbStreamsPort | undefined;
  #attached = new Deferred<VerbStreamsPort>();
  #end: Error | undefined;

  /** @param memory - counts what the streams of the session keep. */
  constructor(environment: Environment, leaks: Leaks, memory: KeptMemory) {
    this.environment = environment;
    this.leaks = leaks;
    this.memory = memory;
    this.turns = new ResumeTurns(environment.clock);
    this.#acks = new PlannedAcks(environment.clock, new AckBatch('child-ack'), {
      isAttached: () => this.#port !== undefined,
      add: (batch, { id, positions }) =>
        batch.addChild(id, positions.acknowledged, positions.taken),
      tellPeer: (message) => this.#port?.peer.tellPeer(message),
    });
  }

  /** Whether no stream is open. */
  get isEmpty(): boolean {
    return this.#byId.size === 0;
  }

  /** The number of streams, with those that wait for another connection. */
  get size(): number {
    return this.#byId.size;
  }

  /** The number of their connections that are not closed. */
  get connections(): number {
    return this.#lanes.size;
  }

  get(id: bigint): VerbStream | undefined {
    return this.#byId.get(id);
  }

  all(): readonly VerbStream[] {
    return [...this.#byId.values()];
  }

  /** A stream was opened; its first connection is to be started. */
  add(id: bigint, makeLane: MakeLane): VerbStream {
    const stream = new VerbStream(this, id, makeLane);
    this.#byId.set(id, stream);
    this.#port?.underWay.enter();
    return stream;
  }

  /** The streams belong to this connection from now on. */
  attach(port: VerbStreamsPort): void {
    if (this.#end !== undefined) return;
    this.detach();
    this.#port = port;
    for (const stream of this.all()) {
      port.underWay.enter();
      stream.watchName();
    }
    this.#attached.resolve(port);
  }

  /** The main connection is gone: their own are left, and the streams wait for the next one. */
  detach(): void {
    const port = this.#port;
    if (port === undefined) return;
    this.#port = undefined;
    this.#attached = new Deferred();
    const cause = new ClosedError('the main connection is lost', 'transport');
    for (const stream of this.all()) {
      port.underWay.leave();
      port.stalls.unwatch(stream.id);
      stream.park(cause);
    }
  }

  /** The session is over: the streams fail. */
  end(cause: unknown): void {
    if (this.#end !== undefined) return;
    const error = connectionLoss(cause);
    this.#end = error;
    for (const stream of this.all()) stream.lose(error);
    this.#port = undefined;
    this.#attached.reject(error);
  }

  /** Settles when the peer's readers have taken the end of every sink that was closed. */
  async whenConfirmed(): Promise<void> {
    const ends = this.all().map(({ confirmed }) => confirmed);
    await Promise.allSettled(ends.filter((end) => end !== undefined));
  }

  /** Handles a message of the peer about one of them. Returns false for any other message. */
  onMainMessage(message: MainMessage): boolean {
    switch (message.kind) {
      case 'child-ack':
        this.#onAcks(message.acks);
        return true;
      case 'eos-taken': {
        const stream = this.get(message.streamId);
        stream?.confirm();
        return stream !== undefined;
      }
      case 'canceled': {
        const stream = this.get(message.streamId);
        stream?.onCanceled();
        return stream !== undefined;
      }
      case 'child-parted':
        this.get(message.streamId)?.onPeerParted(message.attempt);
        return true;
      default:
        return false;
    }
  }

  /** Resolves with the main connection, now or later; rejects when the session is over. */
  whenAttached(): Promise<VerbStreamsPort> {
    return this.#attached.promise;
  }

  tellPeer(message: MainMessage): void {
    const peer = this.#port?.peer ?? this.awayPeer;
    peer?.tellPeer(message);
  }

  acknowledge(reading: VerbReading): void {
    this.#acks.plan(reading);
  }

  leave(reading: VerbReading): void {
    this.#acks.remove(reading);
  }

  onParted(stream: VerbStream): void {
    const { id, attempt, isAccepted } = stream;
    this.#port?.stalls.unwatch(id);
    if (!isAccepted) void redial(stream, this);
    // A server waits for its client, which may not see that the connection is lost.
    else this.#port?.peer.tellPeer({ kind: 'child-parted', streamId: id, attempt });
  }

  onOver(stream: VerbStream): void {
    if (!this.#byId.delete(stream.id)) return;
    this.#port?.stalls.unwatch(stream.id);
    this.#port?.underWay.leave();
  }

  onOpened(lane: StreamLane, stream: VerbStream): void {
    this.#lanes.add(lane);
    this.#port?.stalls.watchStream(stream);
  }

  onClosed(lane: StreamLane): void {
    this.#lanes.delete(lane);
  }

  #onAcks(acks: Acks): void {
    for (let at = 0; at < acks.count; at++) {
      this.get(acks.idAt(at))?.onAck(acks.acknowledgedAt(at), acks.takenAt(at));
    }
  }
}
