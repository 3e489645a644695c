import { getEventListeners } from 'node:events';
import type { Api, Client, Source } from '../../../lib/index.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import { blobOf, receiveBytes } from '../../../lib/blob.ts';
import type {
  BlobOperation,
  ClientPlan,
  NestedOperation,
  Operation,
  Plan,
  VerbOperation,
} from '../plan/plan.ts';
import { isHeld } from '../plan/held.ts';
import { consume, produce, produced, sinkOptions } from './flow.ts';
import {
  heldBy,
  isOrderly,
  isPlain,
  idleWorkOf,
  keepsStreams,
  oldConnectionsOf,
  openWorkOf,
  stillMs,
  tooManyParked,
} from './held.ts';
import { makeItem, type SentItem } from './item.ts';
import { isMetadataOf, metadataOf } from './metadata.ts';
import { type OperationRecorder, type Recorder, seenError } from './recorder.ts';
import { CountedClock } from './counted-clock.ts';
import { makeClient } from './setup.ts';
import type { WorldService } from './service.ts';
import { itemsOf, sendAll, VERB_DOWN, VERB_POST, VERB_UP } from './verbs.ts';

/** A client without work for so long has no connections of streams any more. */
const LONG_IDLE_MS = 300_000;
/** No ping is longer. */
const PING_BYTES = 64;
/** Timers of a client are gone so soon after it has left. */
const FAREWELL_MS = 1_000;
/** A client's streams are over so soon after its operations, unless something was wrong. */
const REST_MS = 5_000;

/** States in which a client takes calls and streams. */
const TAKING: readonly Client['state'][] = ['connecting', 'connected', 'reconnecting'];

type Farewell = Pick<ClientPlan, 'farewell' | 'graceMs'>;

/** Closes the client, or aborts it. */
function leave(client: Client, { farewell, graceMs }: Farewell): Promise<void> {
  return farewell === 'close' ? client.close({ graceMs }) : client.abort();
}

/** Runs the operations of one client, and connects again when its connection is lost. */
export class Caller {
  readonly #running: NodeProcess;
  readonly #plan: Plan;
  readonly #own: ClientPlan;
  readonly #recorder: Recorder;
  readonly #clock: CountedClock;
  readonly #clients: Client[] = [];
  readonly #onIdle: () => void;
  /** Operations under way. */
  #operations = 0;
  /** The time by the clock when the last one has ended. */
  #lastWorkMs = 0;
  /** Those that operations were given. */
  readonly #signals: AbortSignal[] = [];
  /** What the last client still held when it had been idle for long. */
  #idle: string[] = [];

  /** @param onIdle - called when the client has had no work for a while. */
  constructor(
    running: NodeProcess,
    plan: Plan,
    own: ClientPlan,
    recorder: Recorder,
    onIdle: () => void,
  ) {
    this.#running = running;
    this.#onIdle = onIdle;
    this.#plan = plan;
    this.#own = own;
    this.#recorder = recorder;
    this.#clock = new CountedClock(running.clock);
  }

  /** Runs all operations, each at its time. */
  async run(): Promise<void> {
    await Promise.all(this.#own.operations.map((operation) => this.#runOne(operation)));
  }

  /** Stays for a while. */
  async linger(): Promise<void> {
    const { lingerMs } = this.#own;
    if (lingerMs === 0) return;
    const client = this.#clients.at(-1);
    await this.#running.sleep(lingerMs);
    if (client !== undefined) this.#idle.push(...this.#idleWorkOf(client));
    this.#onIdle();
  }

  /** Leaves. */
  async end(): Promise<void> {
    this.#recorder.connections.onLeaving(this.#running);
    await Promise.all(this.#clients.map((each) => leave(each, this.#own)));
    await this.#running.sleep(FAREWELL_MS);
    const timers = this.#clock.pendingTimers;
    // An earlier client has been lost; its connections may linger.
    if (timers > 0 && this.#clients.length === 1)
      this.#idle.push(`${timers} timers of a client that has just left`);
  }

  /** What a client still holds that has had no work for a while, in words. */
  #idleWorkOf(client: Client): string[] {
    const parked = tooManyParked(client, this.#plan);
    const { operations } = this.#own;
    const isStill = operations.some((operation) => stillMs(operation) >= LONG_IDLE_MS);
    const isReadOn = isStill || operations.some(isHeld) || keepsStreams(this.#plan);
    if (this.#own.lingerMs < LONG_IDLE_MS || isReadOn) return parked;
    const old = isOrderly(this.#plan) ? oldConnectionsOf(client) : [];
    const open = this.#isSilent ? openWorkOf(client) : idleWorkOf(client);
    // A ping is under way for longer where it does not fit in the network.
    const isPinging = this.#plan.network.bufferBytes < PING_BYTES;
    const work = open.filter((what) => !isPinging || !what.endsWith('bytes to be sent'));
    const held = [...parked, ...work, ...old];
    return held.map((what) => `${what} of a client without work`);
  }

  /** The end of a stream that is sent on a silent lane is never confirmed, until its system gives up. */
  get #isSilent(): boolean {
    const now = this.#running.clock.now();
    return this.#plan.faults.some((fault) => {
      return fault.kind === 'silence' && fault.atMs + fault.forMs > now;
    });
  }

  /** Its client leaves with what is under way. */
  async leave(how: Farewell): Promise<void> {
    const client = this.#clients.at(-1);
    if (client !== undefined) await leave(client, how);
  }

  /** What its clients still hold, in words, after they have left. */
  get leftovers(): string[] {
    const held = this.#clients.flatMap((client) => heldBy(client));
    const timers = this.#clock.pendingTimers;
    if (timers > 0) held.push(`${timers} timers`);
    const listeners = this.#signals.flatMap((signal) => getEventListeners(signal, 'abort'));
    if (listeners.length > 0) held.push(`${listeners.length} listeners on signals`);
    return [...this.#idle, ...held.map((what) => `${what} of a client that has left`)];
  }

  async #runOne(operation: Operation): Promise<void> {
    const running = this.#running;
    const own = this.#recorder.of(running, operation.id);
    await running.sleep(Math.max(0, operation.atMs - running.clock.now()));
    own.add('began');
    this.#operations++;
    try {
      own.add('settled', { value: await this.#perform(operation, own) });
    } catch (error) {
      own.add('failed', { error: seenError(error) });
    }
    this.#operations--;
    this.#lastWorkMs = running.clock.now();
  }

  #perform(operation: Operation, own: OperationRecorder): Promise<unknown> {
    switch (operation.kind) {
      case 'verbUp':
      case 'verbDown':
        return this.#performVerb(operation, own);
      case 'echo':
        return this.#echo(operation, own);
      case 'post':
        return this.#connected().call(VERB_POST, operation);
      case 'blob':
        return this.#blob(operation, own);
      default:
        return this.#performStream(operation, own);
    }
  }

  async #echo(
    operation: Operation & { readonly kind: 'echo' },
    own: OperationRecorder,
  ): Promise<boolean> {
    const { pad } = makeItem(own.operation, 'echo', 0, operation.bytes);
    const api = this.#api(operation, own, operation.promise === 'idempotent');
    const call =
      operation.promise === 'once' ? api.echoOnce(operation, pad) : api.echo(operation, pad);
    const answer = await call.catch((error: unknown) => {
      if (operation.isListening === true) own.add('left', { stream: 'work' });
      throw error;
    });
    own.add('answered');
    return answer.id === operation.id && Buffer.compare(Buffer.from(answer.pad), pad) === 0;
  }

  async #blob(
    { bytes, chunkBytes, ...operation }: BlobOperation,
    own: OperationRecorder,
  ): Promise<boolean> {
    const { pad } = makeItem(own.operation, 'blob', 0, bytes);
    const { clock } = this.#running;
    const sent = blobOf(pad, { chunkBytes, clock, checksum: 'sha256', appendDigest: true });
    const api = this.#api(operation, own);
    const source = await api.blob({ ...operation, bytes, chunkBytes }, sent);
    own.add('answered');
    const back = await receiveBytes(source, {
      clock,
      checksum: 'sha256',
      expectedDigest: 'appended',
    });
    return Buffer.compare(Buffer.from(back), pad) === 0;
  }

  async #performStream(
    operation: Exclude<
      Operation,
      VerbOperation | BlobOperation | { readonly kind: 'echo' | 'post' }
    >,
    own: OperationRecorder,
  ): Promise<number> {
    const api = this.#api(operation, own);
    if (operation.kind === 'up') {
      return api.up(operation, produced(own, 'up', operation.flow));
    }
    if (operation.kind === 'both') {
      const items = await api.both(operation, produced(own, 'up', operation.flow));
      own.add('answered');
      return consume(own, 'down', operation.flow, items);
    }
    if (operation.kind === 'down') {
      const items = await api.down(operation);
      own.add('answered');
      return consume(own, 'down', operation.flow, items);
    }
    const rows = await api.nested(operation);
    own.add('answered');
    return this.#nested(operation, own, rows);
  }

  async #nested(
    { cells: flow, leaveAfter }: NestedOperation,
    own: OperationRecorder,
    rows: AsyncIterable<{ readonly row: number; readonly cells: AsyncIterable<SentItem> }>,
  ): Promise<number> {
    let count = 0;
    let taken = 0;
    let last: (() => Promise<number>) | undefined;
    try {
      for await (const { row, cells } of rows) {
        own.add('got', { stream: 'rows', index: row, isRight: true });
        if (++taken === leaveAfter) {
          last = () => consume(own, `row ${row}`, flow, cells);
          break;
        }
        count += await consume(own, `row ${row}`, flow, cells);
      }
    } catch (error) {
      own.add('broken', { stream: 'rows', error: seenError(error) });
      throw error;
    }
    if (last === undefined) own.add('over', { stream: 'rows' });
    else own.add('left', { stream: 'rows' });
    return last === undefined ? count : count + (await last());
  }

  async #performVerb(operation: VerbOperation, own: OperationRecorder): Promise<number | boolean> {
    const client = this.#connected();
    const { flow } = operation;
    // The other direction of a stream from the server has no items.
    const { resumable } = flow;
    const options = sinkOptions(operation.kind === 'verbUp' ? flow : { resumable });
    const sink = await client.makeStreamSink<[SentItem]>(options);
    if (operation.kind === 'verbUp') {
      const call = client.call(VERB_UP, operation, sink).then((result) => {
        own.add('answered');
        return result;
      });
      const sent = sendAll(sink, produce(own, 'up', operation.flow), operation.flow);
      const [result] = await Promise.all([call, sent]);
      return result;
    }
    let source: Source<[SentItem]> | undefined;
    try {
      source = await client.call(VERB_DOWN, operation, sink);
      own.add('answered');
      await sink.close();
      return await consume(own, 'down', operation.flow, itemsOf(source));
    } catch (error) {
      sink.abort(error);
      source?.cancel(error);
      throw error;
    }
  }

  #api(
    { timeoutMs, cancelAfterMs, id }: Pick<Operation, 'id' | 'timeoutMs' | 'cancelAfterMs'>,
    own: OperationRecorder,
    isIdempotent = false,
  ): Api<WorldService> {
    return this.#connected().api<WorldService>('world', {
      timeoutMs,
      ...(isIdempotent && { idempotent: true }),
      metadata: metadataOf(id),
      onHeaders: (headers) => own.add('headers', { isRight: isMetadataOf(id, headers) }),
      onTrailers: (trailers) => own.add('trailers', { isRight: isMetadataOf(id, trailers) }),
      signal: cancelAfterMs === undefined ? undefined : this.#cancelAfter(cancelAfterMs, own),
    });
  }

  #cancelAfter(ms: number, own: OperationRecorder): AbortSignal {
    const abort = new AbortController();
    this.#signals.push(abort.signal);
    this.#running.clock.setTimeout(() => {
      own.add('canceled');
      abort.abort(new Error(`enough of ${own.operation}`));
    }, ms);
    return abort.signal;
  }

  #connected(): Client {
    const last = this.#clients.at(-1);
    // One that is closing takes nothing new.
    if (last !== undefined && TAKING.includes(last.state)) return last;
    const client = makeClient(this.#plan, this.#own, this.#running, this.#clock);
    client.on('goingAway', (left) => this.#onGoingAway(left));
    const number = this.#clients.push(client);
    this.#recorder.connections.watchClient(client, this.#running, number);
    return client;
  }

  /** A client without work tells of none when its server goes away. */
  #onGoingAway({ calls, streams }: { readonly calls: number; readonly streams: number }): void {
    const isIdle = this.#running.clock.now() - this.#lastWorkMs > REST_MS;
    if (this.#operations > 0 || !isIdle || !isPlain(this.#plan)) return;
    if (calls + streams === 0) return;
    this.#idle.push(`${calls} calls and ${streams} streams of a client that is only told to leave`);
  }
}
