import type { Api, Client } from '../../../lib/index.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import type { ClientPlan, NestedOperation, Operation, Plan, VerbOperation } from '../plan/plan.ts';
import { compressionOf } from './compression.ts';
import { consume, type Item, makeItem, produce } from './flow.ts';
import { type OperationRecorder, type Recorder, seenError } from './recorder.ts';
import { itemsOf, sendAll, VERB_DOWN, VERB_UP, type WorldService } from './service.ts';

const GRACE_MS = 1_000;

/** Runs the operations of one client, and connects again when its connection is lost. */
export class Caller {
  readonly #running: NodeProcess;
  readonly #plan: Plan;
  readonly #own: ClientPlan;
  readonly #recorder: Recorder;
  #client: Client | undefined;

  constructor(running: NodeProcess, plan: Plan, own: ClientPlan, recorder: Recorder) {
    this.#running = running;
    this.#plan = plan;
    this.#own = own;
    this.#recorder = recorder;
  }

  /** Runs all operations, each at its time. */
  async run(): Promise<void> {
    await Promise.all(this.#own.operations.map((operation) => this.#runOne(operation)));
  }

  /** Closes the client, or aborts it. */
  async leave(): Promise<void> {
    if (this.#own.farewell === 'close') await this.#client?.close({ graceMs: GRACE_MS });
    else await this.#client?.abort();
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
      default:
        return this.#performStream(operation, own);
    }
  }

  async #echo(
    operation: Operation & { readonly kind: 'echo' },
    own: OperationRecorder,
  ): Promise<boolean> {
    const { pad } = makeItem(own.operation, 'echo', 0, operation.bytes);
    const answer = await this.#api(operation).echo(operation, pad);
    return answer.id === operation.id && Buffer.compare(Buffer.from(answer.pad), pad) === 0;
  }

  async #performStream(
    operation: Exclude<Operation, VerbOperation | { readonly kind: 'echo' }>,
    own: OperationRecorder,
  ): Promise<number> {
    const api = this.#api(operation);
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
    { cells: flow }: NestedOperation,
    own: OperationRecorder,
    rows: AsyncIterable<{ readonly row: number; readonly cells: AsyncIterable<Item> }>,
  ): Promise<number> {
    let count = 0;
    try {
      for await (const { row, cells } of rows) {
        own.add('got', { stream: 'rows', index: row, isRight: true });
        count += await consume(own, `row ${row}`, flow, cells);
      }
    } catch (error) {
      own.add('broken', { stream: 'rows', error: seenError(error) });
      throw error;
    }
    own.add('over', { stream: 'rows' });
    return count;
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
    try {
      const source = await client.call(VERB_DOWN, operation, sink);
      await sink.close();
      return await consume(own, 'down', operation.flow, itemsOf(source));
    } catch (error) {
      sink.abort(error);
      throw error;
    }
  }

  #api(operation: Operation): Api<WorldService> {
    const { timeoutMs, cancelAfterMs, id } = operation;
    return this.#connected().api<WorldService>('world', {
      timeoutMs,
      metadata: { operation: String(id) },
      signal: cancelAfterMs === undefined ? undefined : this.#cancelAfter(cancelAfterMs),
    });
  }

  #cancelAfter(ms: number): AbortSignal {
    const abort = new AbortController();
    this.#running.clock.setTimeout(() => abort.abort(new Error('enough')), ms);
    return abort.signal;
  }

  #connected(): Client {
    if (this.#client === undefined || this.#client.state === 'closed') {
      this.#client = this.#running.createClient({
        host: 'server',
        port: 1,
        name: this.#own.name,
        extension: this.#own.hasExtension,
        compression: compressionOf(this.#plan),
      });
    }
    return this.#client;
  }
}
