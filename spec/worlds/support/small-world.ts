import { expect } from 'chai';

import {
  type Api,
  type ApiOptions,
  type Client,
  type ClientOptions,
  type Server,
  StatusError,
} from '../../../lib/index.ts';
import type { ExploredProgram, NodeProcess, World } from '../../../lib/simulation.ts';
import { heldBy } from '../../../scripts/sim/run/held.ts';
import { type SmallEvent, whyFalse } from './causes.ts';
import { Flow } from './flow.ts';

/** After all is over, its producers end within this time. */
const PROMPT_MS = 2_000;
/** A close in order has this much time, and needs none of it. */
const GRACE_MS = 20_000;
/** After both ends are closed, whatever is left behind goes within this time. */
const REST_MS = 60_000;

/** Settles in its own way: with its value, or with an error that has one of these codes. */
export interface Outcome {
  readonly value?: unknown;
  readonly error?: { readonly code?: unknown };
}

/** A server and a client that is connected. */
export class SmallWorld {
  readonly world: World;
  readonly problems: string[] = [];
  readonly #flows: Flow[] = [];
  /** Events that have begun. */
  readonly #begun = new Set<SmallEvent>();
  readonly #calls = { made: 0, run: 0 };
  readonly #onLastEvent: () => void;
  /** Events that are still to come. */
  #eventsLeft = 0;
  #client: Client | undefined;
  #server: Server | undefined;
  #clientProcess: NodeProcess | undefined;
  #serverProcess: NodeProcess | undefined;

  /** @param onLastEvent - called when all events have happened. */
  constructor(world: World, onLastEvent: () => void) {
    this.world = world;
    this.#onLastEvent = onLastEvent;
  }

  get client(): Client {
    return this.#client as Client;
  }

  get server(): Server {
    return this.#server as Server;
  }

  /** An event: all connections are reset. */
  cut(): Promise<void> {
    const happen = this.#event('cut', () => this.world.cut('client', 'server'));
    return this.world.anytime(happen);
  }

  /** An event: a client closes, and waits for nothing. */
  closeClient(client: Client = this.client): Promise<void> {
    return this.clientProcess.anytime(
      this.#event('close', () => void client.close({ graceMs: 0 })),
    );
  }

  /** An event: the server drains. */
  drain(graceMs: number): Promise<void> {
    return this.serverProcess.anytime(
      this.#event('drain', () => void this.server.close({ graceMs })),
    );
  }

  /** An event: the caller cancels. */
  cancel(abort: AbortController, inMs?: number): Promise<void> {
    const happen = this.#event('cancel', () => abort.abort(new Error('enough')));
    return this.clientProcess.anytime(happen, inMs);
  }

  /** An event: the client's clock jumps beyond the deadline of its calls. */
  jumpClient(ms: number): Promise<void> {
    return this.world.anytime(this.#event('jump', () => this.world.jump('client', ms)));
  }

  get clientProcess(): NodeProcess {
    return this.#clientProcess as NodeProcess;
  }

  get serverProcess(): NodeProcess {
    return this.#serverProcess as NodeProcess;
  }

  /** The service, for one call with these options. */
  api(options: ApiOptions = {}, client: Client = this.client): Api<SmallService> {
    this.#calls.made++;
    return client.api<SmallService>('small', options);
  }

  async start(options: Partial<ClientOptions>, bufferBytes: number): Promise<void> {
    const { world } = this;
    world.setPath({ latencyMs: 0, bufferBytes });
    this.#serverProcess = world.node('server', async (running) => {
      this.#server = await running.listen({ port: 1, limits: options.limits });
      this.#server.expose('small', makeService(running, this.#flows, this.#calls));
    });
    await this.#serverProcess.finished;
    this.#clientProcess = world.node('client', async (running) => {
      this.#client = await running.connect({
        host: 'server',
        port: 1,
        reconnect: false,
        ...options,
      });
    });
    await this.#clientProcess.finished;
  }

  /** The number of the next flow. */
  get flowCount(): number {
    return this.#flows.length;
  }

  /** A stream that is judged at the end. */
  flow(items: number, pause?: () => Promise<void>): Flow {
    const flow = new Flow(items, { pause, onBreak: (error) => this.#judge('a stream', error) });
    this.#flows.push(flow);
    return flow;
  }

  /**
   * Takes down how a promise settles. An error must have one of the codes, and a cause that has
   * happened, unless it is the service's own.
   */
  async settled(
    what: string,
    promise: Promise<unknown>,
    codes: readonly string[],
  ): Promise<Outcome> {
    try {
      return { value: await promise };
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (code !== undefined) this.#judge(what, error);
      if (!codes.includes(String(code))) this.problems.push(`${what} fails with ${String(error)}`);
      return { error: { code } };
    }
  }

  /** Ends both, and says what is wrong. */
  async end(): Promise<void> {
    const { world } = this;
    await world.sleep(PROMPT_MS);
    this.problems.push(...this.#flows.flatMap(({ problems }) => problems));
    const { made, run } = this.#calls;
    if (run > made) this.problems.push(`${made} calls ran ${run} times`);
    await this.#closeInTime('client');
    await this.#closeInTime('server');
    await world.sleep(REST_MS);
    this.problems.push(
      ...heldBy(this.client).map((what) => `${what} of a closed client`),
      ...heldBy(this.server).map((what) => `${what} of a closed server`),
    );
    if (world.connections > 0) this.problems.push(`${world.connections} connections`);
    expect(this.problems).to.deep.equal([]);
  }

  #event(kind: SmallEvent, action: () => void): () => void {
    this.#eventsLeft++;
    return () => {
      this.#begun.add(kind);
      action();
      if (--this.#eventsLeft === 0) this.#onLastEvent();
    };
  }

  #judge(what: string, error: unknown): void {
    const why = whyFalse(error, this.#begun);
    if (why !== undefined) this.problems.push(`${what} breaks with ${String(error)}: ${why}`);
  }

  /** Nothing is under way any more: an end in order waits for nothing. */
  async #closeInTime(end: 'client' | 'server'): Promise<void> {
    const { clock } = this.world;
    const startedAt = clock.now();
    const closed = this[end].close({ graceMs: GRACE_MS });
    await Promise.race([closed, this.world.sleep(2 * GRACE_MS)]);
    if (clock.now() - startedAt >= GRACE_MS) this.problems.push(`the ${end} waits for nothing`);
  }
}

/** The methods of the server. Streams go by the number of their flow. */
function makeService(running: NodeProcess, flows: readonly Flow[], calls: { run: number }) {
  const flowOf = (flow: number): Flow => {
    calls.run++;
    return flows[flow] as Flow;
  };
  return {
    echo: (value: number): number => {
      calls.run++;
      return value;
    },
    fail: (): number => {
      calls.run++;
      throw new StatusError('not-found', 'there is no such thing');
    },
    work: async (ms: number): Promise<string> => {
      calls.run++;
      await running.anytime(() => {}, ms);
      return 'done';
    },
    some: (flow: number, items: AsyncIterable<number>): Promise<number> =>
      flowOf(flow).consumeSome(items, 1),
    down: (flow: number): AsyncGenerator<number> => flowOf(flow).produce(),
    up: (flow: number, items: AsyncIterable<number>): Promise<number> =>
      flowOf(flow).consume(items),
  };
}

type SmallService = ReturnType<typeof makeService>;

/** The part of a scenario that happens in all orders. Resolves when all of it has settled. */
export type Scene = (small: SmallWorld) => Promise<void>;

/** What surrounds a scene. */
export interface SmallOptions {
  /** Limits are those of the server as well. */
  readonly client?: Partial<ClientOptions>;
  /** What happens before, in one order. */
  readonly before?: Scene;
  /** Whether things happen in one order behind the last event. */
  readonly isFixedBehind?: boolean;
  /** Bytes on their way, in each direction of a connection. */
  readonly bufferBytes?: number;
}

/** A scenario of a server and a client: only the scene itself happens in all orders. */
export function smallProgram(
  scene: Scene,
  { client = {}, before, isFixedBehind = false, bufferBytes = 65_536 }: SmallOptions = {},
): ExploredProgram {
  return async (world, exploring) => {
    exploring.fix();
    const small = new SmallWorld(world, () => {
      if (isFixedBehind) exploring.fix();
    });
    await small.start(client, bufferBytes);
    await before?.(small);
    exploring.vary();
    await scene(small);
    exploring.fix();
    await small.end();
  };
}
