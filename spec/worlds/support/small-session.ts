import { expect } from 'chai';

import {
  type Client,
  type RemoteStream,
  type Server,
  type Sink,
  type Source,
  stream,
  verb,
} from '../../../lib/index.ts';
import type { ExploredProgram, Exploring, NodeProcess, World } from '../../../lib/simulation.ts';
import { heldBy } from '../../../scripts/sim/run/held.ts';
import { Flow } from './flow.ts';

/** Both ends have come to rest after this time, whatever has happened to their connections. */
const REST_MS = 60_000;
/** Readers take so long for an item that the next one waits meanwhile. */
const READING_MS = 50;
const PORT = 1;

/** A verb that reads a stream of a flow. */
const READ = verb<(flow: number, items: Source<[number]>) => void>(1);
/** A verb that sends a stream of a flow, in the second direction of that which it is called with. */
const SEND = verb<(flow: number, input: Source<[number]>) => Sink<[number]>>(2);

/** The methods of the server. Streams go by the number of their flow. */
interface SmallSessionService {
  work(): Promise<number>;
  down(flow: number): Promise<RemoteStream<number>>;
  up(flow: number, items: AsyncIterable<number>): Promise<number>;
}

/** A server and a client whose session goes on when their connections are cut. */
export class SmallSession {
  readonly world: World;
  /** Errors of the client's calls and streams. */
  readonly errors: { readonly code?: unknown; readonly mayHaveRun?: unknown }[] = [];
  runs = 0;
  hasCrashed = false;
  /** Whether all orders are tried behind the last event, too. */
  variesOn = false;
  readonly #exploring: Exploring;
  readonly #flows: Flow[] = [];
  /** Events that are still to come. */
  #eventsLeft = 0;
  #client: Client | undefined;
  #server: Server | undefined;

  constructor(world: World, exploring: Exploring) {
    this.world = world;
    this.#exploring = exploring;
  }

  get client(): Client {
    return this.#client as Client;
  }

  get api(): SmallSessionService {
    return this.client.api<SmallSessionService>('small');
  }

  get clientProcess(): NodeProcess {
    return this.world.processOf('client');
  }

  /** Reads a stream of two items from the server. Never rejects. */
  async readDown(): Promise<void> {
    const flow = this.#flow();
    const items = this.api.down(0).then((source) => slowly(source, this.clientProcess));
    await this.settled(items.then((source) => flow.consume(source)));
  }

  /** Sends a stream of two items to the server. Never rejects. */
  async sendUp(): Promise<void> {
    const flow = this.#flow();
    await this.settled(this.api.up(0, stream(flow.produce(), { resumable: true })));
  }

  /** Reads a resumable stream of a verb, of two items, from the server. Never rejects. */
  async readVerb(): Promise<void> {
    const flow = this.#flow();
    const { client } = this;
    const reading = async (): Promise<void> => {
      const sink = await client.makeStreamSink<[]>({ resumable: true });
      const source = await client.call(SEND, 0, sink as unknown as Sink<[number]>);
      const items = slowly(itemsOf(source), this.clientProcess);
      await Promise.all([flow.consume(items), sink.close()]);
    };
    await this.settled(reading());
  }

  /** Sends a resumable stream of a verb, of two items, to the server. Never rejects. */
  async sendVerb(): Promise<void> {
    const flow = this.#flow();
    const { client } = this;
    const sending = async (): Promise<void> => {
      const sink = await client.makeStreamSink<[number]>({ resumable: true });
      await Promise.all([client.call(READ, 0, sink), sendAll(sink, flow.produce())]);
    };
    await this.settled(sending());
  }

  /** Takes down the error of a promise. */
  async settled(promise: unknown): Promise<void> {
    await Promise.resolve(promise).then(
      () => {},
      (error: unknown) => this.errors.push(error as { code?: unknown }),
    );
  }

  /** An event: all connections are reset. Behind the last event, things happen in one order. */
  cut(inMs?: number): Promise<void> {
    return this.#event(() => void this.world.cut('client', 'server'), inMs);
  }

  /** An event of the next attempt to connect: all connections are reset while it is made. */
  cutNextAttempt(): void {
    this.#eventsLeft++;
    this.client.once('reconnecting', ({ delayMs }) => {
      this.#eventsLeft--;
      // Timers of a process fire at whole milliseconds.
      void this.cut(Math.ceil(delayMs));
    });
  }

  /** An event: the server closes, and gives up what is under way. Another one starts in its place. */
  close(inMs?: number): Promise<void> {
    return this.#event(() => {
      this.hasCrashed = true;
      const closed = (this.#server as Server).close({ graceMs: 0 });
      void closed.then(() => this.#serve(this.world.processOf('server')));
    }, inMs);
  }

  /** An event: the server crashes, and runs again. */
  crash(inMs?: number): Promise<void> {
    return this.#event(() => {
      this.hasCrashed = true;
      this.world.crash('server');
      this.world.restart('server');
    }, inMs);
  }

  /** The first item has been read, and all connections are reset. */
  async cutBehindFirst(): Promise<void> {
    // All that can happen at the beginning has happened then.
    await this.world.sleep(0.5);
    expect(this.#flows.map(({ got }) => got)).to.deep.equal([[0]]);
    this.world.cut('client', 'server');
  }

  async start(): Promise<void> {
    const { world } = this;
    world.setPath({ latencyMs: 0 });
    await world.node('server', (running) => this.#serve(running)).finished;
    await world.node('client', async (running) => {
      this.#client = await running.connect({
        host: 'server',
        port: PORT,
        reconnect: { minDelayMs: 1, maxDelayMs: 1 },
      });
    }).finished;
  }

  /** Ends both, and says what is wrong. */
  async end(): Promise<void> {
    const { world, errors, hasCrashed } = this;
    await world.sleep(REST_MS);
    const problems = hasCrashed ? [] : this.#flows.flatMap((flow) => flow.problems);
    for (const { got } of this.#flows) {
      if (got.some((item, place) => item !== place)) problems.push(`items came as ${got.join()}`);
    }
    for (const { code, mayHaveRun } of errors) {
      const isLost = code === 'ERR_CLOSED' && mayHaveRun === true;
      const isOver =
        hasCrashed && (code === 'ERR_STREAM_CLOSED' || code === 'ERR_STREAM_NOT_FOUND');
      if (!isLost && !isOver) problems.push(`an error ${String(code)}, ${String(mayHaveRun)}`);
    }
    if (this.runs > 1) problems.push(`the call ran ${this.runs} times`);
    const server = this.#server as Server;
    await this.client.close({ graceMs: 0 });
    await server.close({ graceMs: 0 });
    await world.sleep(REST_MS);
    problems.push(
      ...heldBy(this.client).map((what) => `${what} of a closed client`),
      ...heldBy(server).map((what) => `${what} of a closed server`),
    );
    if (world.connections > 0) problems.push(`${world.connections} connections`);
    expect(problems).to.deep.equal([]);
  }

  #event(action: () => void, inMs?: number): Promise<void> {
    this.#eventsLeft++;
    return this.world.anytime(() => {
      action();
      if (--this.#eventsLeft === 0 && !this.variesOn) this.#exploring.fix();
    }, inMs);
  }

  #flow(): Flow {
    const flow = new Flow(2);
    this.#flows.push(flow);
    return flow;
  }

  async #serve(running: NodeProcess): Promise<void> {
    this.#server = await running.listen({ port: PORT });
    const flowOf = (flow: number): Flow => this.#flows[flow] as Flow;
    // Errors of the server's readers and sinks are those of its flows.
    const quietly = (work: Promise<unknown>) => () => work.then(() => {}).catch(() => {});
    this.#server.handle(READ, (context, flow, source) => {
      context.background(quietly(flowOf(flow).consume(slowly(itemsOf(source), running))));
    });
    this.#server.handle(SEND, (context, flow, input) => {
      const sink = input.makeSink<[number]>({ resumable: true });
      context.background(quietly(input.read()));
      context.background(quietly(sendAll(sink, flowOf(flow).produce())));
      return sink;
    });
    this.#server.expose('small', {
      work: () => ++this.runs,
      down: (flow: number) => stream(flowOf(flow).produce(), { resumable: true }),
      up: (flow: number, items: AsyncIterable<number>) =>
        flowOf(flow).consume(slowly(items, running)),
    });
  }
}

async function* itemsOf(source: Source<[number]>): AsyncGenerator<number, void, undefined> {
  for await (const [item] of source) yield item;
}

/** Sends all items, and waits until their reader has taken the end. */
async function sendAll(sink: Sink<[number]>, items: AsyncIterable<number>): Promise<void> {
  for await (const item of items) await sink.send(item);
  await sink.closeAndConfirm();
}

/** The items, each with a pause behind it in which the next one waits to be read. */
async function* slowly(
  items: AsyncIterable<number>,
  running: NodeProcess,
): AsyncGenerator<number, void, undefined> {
  for await (const item of items) {
    yield item;
    await running.sleep(READING_MS);
  }
}

/** A scenario of a session: only the scene itself happens in all orders. */
export function sessionProgram(
  scene: (small: SmallSession) => Promise<void>,
  before: (small: SmallSession) => Promise<void> = async () => {},
): ExploredProgram {
  return async (world, exploring) => {
    exploring.fix();
    const small = new SmallSession(world, exploring);
    await small.start();
    await before(small);
    exploring.vary();
    await scene(small);
    exploring.fix();
    await small.end();
  };
}
