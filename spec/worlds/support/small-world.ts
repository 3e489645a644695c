import { expect } from 'chai';

import {
  type Api,
  type ApiOptions,
  type Client,
  type ClientOptions,
  type Server,
  StatusError,
} from '../../../lib/index.ts';
import {
  explore,
  type Exploration,
  type ExploredProgram,
  type NodeProcess,
  type World,
} from '../../../lib/simulation.ts';
import { heldBy } from '../../../scripts/sim/run/held.ts';
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
  #client: Client | undefined;
  #server: Server | undefined;
  #clientProcess: NodeProcess | undefined;
  #serverProcess: NodeProcess | undefined;

  constructor(world: World) {
    this.world = world;
  }

  get client(): Client {
    return this.#client as Client;
  }

  get server(): Server {
    return this.#server as Server;
  }

  /** An event: all connections are reset. */
  cut(): Promise<void> {
    return this.world.anytime(() => void this.world.cut('client', 'server'));
  }

  /** An event: the client closes, and waits for nothing. */
  closeClient(): Promise<void> {
    return this.clientProcess.anytime(() => void this.client.close({ graceMs: 0 }));
  }

  /** An event: the server drains. */
  drain(graceMs: number): Promise<void> {
    return this.serverProcess.anytime(() => void this.server.close({ graceMs }));
  }

  /** An event: the caller cancels. */
  cancel(abort: AbortController, inMs?: number): Promise<void> {
    return this.clientProcess.anytime(() => abort.abort(new Error('enough')), inMs);
  }

  get clientProcess(): NodeProcess {
    return this.#clientProcess as NodeProcess;
  }

  get serverProcess(): NodeProcess {
    return this.#serverProcess as NodeProcess;
  }

  /** The service, for a call with these options. */
  api(options: ApiOptions = {}): Api<SmallService> {
    return this.client.api<SmallService>('small', options);
  }

  async start(options: Partial<ClientOptions>, bufferBytes: number): Promise<void> {
    const { world } = this;
    world.setPath({ latencyMs: 0, bufferBytes });
    this.#serverProcess = world.node('server', async (running) => {
      this.#server = await running.listen({ port: 1, limits: options.limits });
      this.#server.expose('small', makeService(running, this.#flows));
    });
    await this.#serverProcess.finished;
    this.#clientProcess = world.node('client', async (running) => {
      this.#client = await running.connect({ host: 'server', port: 1, ...options });
    });
    await this.#clientProcess.finished;
  }

  /** The number of the next flow. */
  get flowCount(): number {
    return this.#flows.length;
  }

  /** A stream that is judged at the end. */
  flow(items: number, pause?: () => Promise<void>): Flow {
    const flow = new Flow(items, pause);
    this.#flows.push(flow);
    return flow;
  }

  /** Takes down how a promise settles. An error must have one of the codes. */
  async settled(
    what: string,
    promise: Promise<unknown>,
    codes: readonly string[],
  ): Promise<Outcome> {
    try {
      return { value: await promise };
    } catch (error) {
      const { code } = error as { code?: unknown };
      if (!codes.includes(String(code))) this.problems.push(`${what} fails with ${String(error)}`);
      return { error: { code } };
    }
  }

  /** Ends both, and says what is wrong. */
  async end(): Promise<void> {
    const { world } = this;
    await world.sleep(PROMPT_MS);
    this.problems.push(...this.#flows.flatMap(({ problems }) => problems));
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
function makeService(running: NodeProcess, flows: readonly Flow[]) {
  return {
    echo: (value: number): number => value,
    fail: (): number => {
      throw new StatusError('not-found', 'there is no such thing');
    },
    work: async (ms: number): Promise<string> => {
      await running.anytime(() => {}, ms);
      return 'done';
    },
    some: (flow: number, items: AsyncIterable<number>): Promise<number> =>
      (flows[flow] as Flow).consumeSome(items, 1),
    down: (flow: number): AsyncGenerator<number> => (flows[flow] as Flow).produce(),
    up: (flow: number, items: AsyncIterable<number>): Promise<number> =>
      (flows[flow] as Flow).consume(items),
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
  /** Bytes on their way, in each direction of a connection. */
  readonly bufferBytes?: number;
}

/** A scenario of a server and a client: only the scene itself happens in all orders. */
export function smallProgram(
  scene: Scene,
  { client = {}, before, bufferBytes = 65_536 }: SmallOptions = {},
): ExploredProgram {
  return async (world, exploring) => {
    exploring.fix();
    const small = new SmallWorld(world);
    await small.start(client, bufferBytes);
    await before?.(small);
    exploring.vary();
    await scene(small);
    exploring.fix();
    await small.end();
  };
}

/**
 * Explores within a bound; `SLUICE_SMALL_RUNS` is another one. Says how many orders it has visited.
 *
 * @throws Error that tells the failure and its order.
 */
export async function exploreSmall(
  name: string,
  program: ExploredProgram,
  maxRuns: number,
): Promise<Exploration> {
  const { SLUICE_SMALL_RUNS: wanted } = process.env;
  const bound = wanted === undefined ? maxRuns : Number(wanted);
  const result = await explore(program, { maxRuns: bound });
  const { runs, isComplete, deviations, failure, choices } = result;
  if (failure !== undefined) {
    throw new Error(`${failure.message}, in the order ${choices.join()}\n${String(failure.trace)}`);
  }
  const part = isComplete
    ? 'all of them'
    : `all with up to ${deviations} deviations, and some more`;
  console.log(`      ${name}: ${runs} orders visited, ${part}`);
  return result;
}
