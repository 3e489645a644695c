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
import { consume, type Item, makeItem, produce } from './flow.ts';
import { heldBy, openWorkOf } from './held.ts';
import { type OperationRecorder, type Recorder, seenError } from './recorder.ts';
import { CountedClock } from './counted-clock.ts';
import { makeClient } from './setup.ts';
import { itemsOf, sendAll, VERB_DOWN, VERB_UP, type WorldService } from './service.ts';

/** Runs the operations of one client, and connects again when its connection is lost. */
export class Caller {
  readonly #running: NodeProcess;
  readonly #plan: Plan;
  readonly #own: ClientPlan;
  readonly #recorder: Recorder;
  readonly #clock: CountedClock;
  readonly #clients: Client[] = [];
  /** What the last client still held when it had been idle for long. */
  #idle: string[] = [];

  constructor(running: NodeProcess, plan: Plan, own: ClientPlan, recorder: Recorder) {
    this.#running = running;
    this.#plan = plan;
    this.#own = own;
    this.#recorder = recorder;
    this.#clock = new CountedClock(running.clock);
  }

  /** Runs all operations, each at its time. */
  async run(): Promise<void> {
    await Promise.all(this.#own.operations.map((operation) => this.#runOne(operation)));
  }

  /** Stays for a while, and leaves. */
  async end(): Promise<void> {
    const { lingerMs } = this.#own;
    const client = this.#clients.at(-1);
    if (lingerMs > 0) {
      await this.#running.sleep(lingerMs);
      this.#idle.push(...(client === undefined ? [] : openWorkOf(client)));
    }
    await this.leave(this.#own);
  }

  /** Closes the client, or aborts it. */
  async leave({ farewell, graceMs }: Pick<ClientPlan, 'farewell' | 'graceMs'>): Promise<void> {
    const client = this.#clients.at(-1);
    if (farewell === 'close') await client?.close({ graceMs });
    else await client?.abort();
  }

  /** What its clients still hold, in words, after they have left. */
  get leftovers(): string[] {
    const held = this.#clients.flatMap((client) => heldBy(client));
    const timers = this.#clock.pendingTimers;
    if (timers > 0) held.push(`${timers} timers`);
    const idle = this.#idle.map((what) => `${what} of a client without work`);
    return [...idle, ...held.map((what) => `${what} of a client that has left`)];
  }

  async #runOne(operation: Operation): Promise<void> {
    const running = this.#running;
    const own = this.#recorder.of(running, operation.id);
    await running.sleep(Math.max(0, operation.atMs - running.clock.now()));
    own.add('began');
    try {
      own.add('settled', { value: await this.#perform(operation, own) });
    } catch (error) {
      own.add('failed', { error: seenError(error) });
    }
  }

  #perform(operation: Operation, own: OperationRecorder): Promise<unknown> {
    switch (operation.kind) {
      case 'verbUp':
      case 'verbDown':
        return this.#performVerb(operation, own);
      case 'echo':
        return this.#echo(operation, own);
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
    const answer = await this.#api(operation, own).echo(operation, pad);
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
    const back = await receiveBytes(source, {
      clock,
      checksum: 'sha256',
      expectedDigest: 'appended',
    });
    return Buffer.compare(Buffer.from(back), pad) === 0;
  }

  async #performStream(
    operation: Exclude<Operation, VerbOperation | BlobOperation | { readonly kind: 'echo' }>,
    own: OperationRecorder,
  ): Promise<number> {
    const api = this.#api(operation, own);
    if (operation.kind === 'up') {
      return api.up(operation, produce(own, 'up', operation.flow));
    }
    if (operation.kind === 'both') {
      const items = await api.both(operation, produce(own, 'up', operation.flow));
      return consume(own, 'down', operation.flow, items);
    }
    if (operation.kind === 'down') {
      return consume(own, 'down', operation.flow, await api.down(operation));
    }
    return this.#nested(operation, own, await api.nested(operation));
  }

  async #nested(
    { cells: flow, leaveAfter }: NestedOperation,
    own: OperationRecorder,
    rows: AsyncIterable<{ readonly row: number; readonly cells: AsyncIterable<Item> }>,
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
    const sink = await client.makeStreamSink<[Item]>();
    if (operation.kind === 'verbUp') {
      const call = client.call(VERB_UP, operation, sink);
      const sent = sendAll(sink, produce(own, 'up', operation.flow));
      const [result] = await Promise.all([call, sent]);
      return result;
    }
    let source: Source<[Item]> | undefined;
    try {
      source = await client.call(VERB_DOWN, operation, sink);
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
  ): Api<WorldService> {
    return this.#connected().api<WorldService>('world', {
      timeoutMs,
      metadata: { operation: String(id) },
      onTrailers: ({ operation }) => {
        own.add('trailers', { isRight: operation === String(id) });
      },
      signal: cancelAfterMs === undefined ? undefined : this.#cancelAfter(cancelAfterMs),
    });
  }

  #cancelAfter(ms: number): AbortSignal {
    const abort = new AbortController();
    this.#running.clock.setTimeout(() => abort.abort(new Error('enough')), ms);
    return abort.signal;
  }

  #connected(): Client {
    const last = this.#clients.at(-1);
    if (last !== undefined && last.state !== 'closed') return last;
    const client = makeClient(this.#plan, this.#own, this.#running, this.#clock);
    this.#clients.push(client);
    return client;
  }
}
