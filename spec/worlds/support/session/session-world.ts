import {
  type Client,
  type ClientOptions,
  createClient,
  listen,
  type RemoteStream,
  type Server,
  type ServerOptions,
} from '../../../../lib/index.ts';
import { lz4 } from '../../../../lib/compression.ts';
import { type NodeProcess, simulate, type World } from '../../../../lib/simulation.ts';
import { CountedClock } from '../../../../scripts/sim/run/counted-clock.ts';
import { heldBy } from '../../../../scripts/sim/run/held.ts';
import { SessionCalls } from './session-calls.ts';
import { type Item, SessionStream, type StreamBook, type StreamPlan } from './session-stream.ts';

/** A world is given up after so much of its time, unless its setup says otherwise. */
const MAX_MS = 1_200_000;
/** Both ends have told each other how their streams have ended after this time. */
const SETTLING_MS = 60_000;
/** A world that takes so many steps goes on for ever: others take some thousands. */
const MAX_STEPS = 300_000;
/** After both ends are closed, whatever is left goes within this time. */
const REST_MS = 300_000;
/** A server that closes in order has this much time. */
const GRACE_MS = 200;

/** What surrounds a scene. */
export interface SessionSetup {
  readonly server?: Partial<ServerOptions>;
  readonly client?: Partial<ClientOptions>;
  readonly isCompressing?: boolean;
  /** The world is given up after so much of its time. */
  readonly maxMs?: number;
}

/** One program of the client. */
export type Scene = (session: SessionWorld) => Promise<void>;

/** What happens to the network and the processes, until the scene has settled. */
export type Weather = (session: SessionWorld) => Promise<void>;

/** A server and a client whose connections break, and whose session goes on. */
export class SessionWorld implements StreamBook {
  readonly world: World;
  readonly setup: SessionSetup;
  readonly calls: SessionCalls = new SessionCalls();
  readonly streams: SessionStream[] = [];
  /** Whether connections resumed the session, in their order. */
  readonly connections: boolean[] = [];
  readonly problems: string[] = [];
  /** Times at which connections were reset. */
  readonly cutsAt: number[] = [];
  isSettled = false;
  /** Judges that are asked when both ends have had time to tell each other how all has ended. */
  readonly judges: (() => readonly string[])[] = [];
  #client: Client | undefined;
  #server: Server | undefined;
  readonly #clocks: { readonly name: string; readonly clock: CountedClock; node: NodeProcess }[] =
    [];

  constructor(world: World, setup: SessionSetup) {
    this.world = world;
    this.setup = setup;
  }

  /** The client of the scene. */
  get client(): Client {
    return this.#client as Client;
  }

  /** The server that runs now. */
  get server(): Server {
    return this.#server as Server;
  }

  get clientNode(): NodeProcess {
    return this.world.processOf('client');
  }

  /** The service of the server. */
  get api(): SessionService {
    return this.client.api<SessionService>('session');
  }

  /** So many connections have resumed the session. */
  get resumed(): number {
    return this.connections.filter((isResumed) => isResumed).length;
  }

  add(plan: StreamPlan): SessionStream {
    const added = new SessionStream(this, this.streams.length, plan);
    this.streams.push(added);
    return added;
  }

  find(number: number): SessionStream {
    return this.streams[number] as SessionStream;
  }

  /** Resets all connections. Returns how many. */
  cut(): number {
    this.cutsAt.push(this.world.clock.now());
    return this.world.cut('client', 'server');
  }

  /** Resets one connection by chance. */
  cutOne(): void {
    const { world } = this;
    if (world.connections === 0) return;
    this.cutsAt.push(world.clock.now());
    world.cutOne(world.dice.below(world.connections));
  }

  async start(): Promise<void> {
    const { world } = this;
    await world.node('server', (node) => this.#serve(node)).finished;
  }

  /** Runs a scene at the client, and the weather beside it. */
  async run(scene: Scene, weather: Weather): Promise<void> {
    const { world } = this;
    const client = world.node('client', async (node) => {
      this.#client = createClient({
        host: 'server',
        port: 4_000,
        reconnect: { minDelayMs: 1, maxDelayMs: 50 },
        compression: this.setup.isCompressing === true ? lz4() : undefined,
        ...this.setup.client,
        ...node.surroundings,
        clock: this.#clockOf('client', node),
      });
      this.#client.on('connected', ({ resumed }) => this.connections.push(resumed));
      try {
        await scene(this);
      } finally {
        this.isSettled = true;
      }
    });
    await Promise.all([client.finished, weather(this)]);
  }

  /** Ends both, and judges. */
  async end(): Promise<void> {
    const { world } = this;
    world.heal();
    await world.sleep(SETTLING_MS);
    this.problems.push(...this.judges.flatMap((judge) => judge()));
    await this.client.close({ graceMs: GRACE_MS });
    await this.server.close({ graceMs: GRACE_MS });
    await world.sleep(REST_MS);
    const { problems } = this;
    problems.push(
      ...this.streams.flatMap(({ wrong }) => wrong),
      ...heldBy(this.client).map((what) => `${what} of a closed client`),
      ...heldBy(this.server).map((what) => `${what} of a closed server`),
    );
    for (const { name, clock, node } of this.#clocks) {
      if (node.hasEnded || clock.pendingTimers === 0) continue;
      problems.push(`${clock.pendingTimers} timers of a closed ${name}`);
    }
    if (world.connections > 0) problems.push(`${world.connections} connections`);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  }

  #clockOf(name: string, node: NodeProcess): CountedClock {
    const clock = new CountedClock(node.clock);
    this.#clocks.push({ name, clock, node });
    return clock;
  }

  async #serve(node: NodeProcess): Promise<void> {
    const server = await listen({
      port: 4_000,
      compression: this.setup.isCompressing === true ? lz4() : undefined,
      ...this.setup.server,
      ...node.surroundings,
      clock: this.#clockOf('server', node),
    });
    this.#server = server;
    const { calls } = this;
    server.expose('session', {
      work: (id: number, ms: number) => calls.run(node, id, ms),
      down: (number: number) => this.find(number).produce(node),
      up: async (number: number, items: AsyncIterable<Item>) => {
        const stream = this.find(number);
        // A stream in a value arrives as one of the peer's.
        await stream.read(items as RemoteStream<Item>, node, this.world.dice);
        return stream.got.length;
      },
    });
  }
}

/** The methods of the server, as the client calls them. */
export interface SessionService {
  work(id: number, ms: number): Promise<number>;
  down(number: number): Promise<RemoteStream<Item>>;
  up(number: number, items: AsyncIterable<Item>): Promise<number>;
}

/** Runs a world to its end, and judges what every session promises. */
export async function runSession(
  seed: number,
  setup: SessionSetup,
  scene: Scene,
  weather: Weather,
): Promise<SessionWorld> {
  let session: SessionWorld | undefined;
  const program = async (world: World): Promise<void> => {
    session = new SessionWorld(world, setup);
    await session.start();
    await session.run(scene, weather);
    await session.end();
  };
  await simulate(seed, program, { maxMs: setup.maxMs ?? MAX_MS, maxSteps: MAX_STEPS });
  // Set by the program, which has run.
  return session!;
}
