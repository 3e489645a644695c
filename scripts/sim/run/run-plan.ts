import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import { simulate, type SimulateOptions } from '../../../lib/simulation/world/simulate.ts';
import type { Trace } from '../../../lib/simulation/world/trace.ts';
import type { World } from '../../../lib/simulation/world/world.ts';
import type { Fault, Plan } from '../plan/plan.ts';
import { Caller } from './caller.ts';
import { EventPairs } from './event-pairs.ts';
import { breakThings } from './faults.ts';
import { startHostile } from './hostile/start-hostile.ts';
import { heldBy, isOrderly, keepsStreams, openWorkOf } from './held.ts';
import type { History, SeenBurst, Struck } from './history.ts';
import { type PlanServer, PlanServers } from './plan-servers.ts';
import { probe } from './probe.ts';
import { Recorder } from './recorder.ts';

/**
 * All that has to come to its end does within this time of the world, whatever went wrong. The longest
 * plan begins its last operation after half an hour, and gives it a grace of nearly three hours.
 */
const PATIENCE_MS = 14_400_000;
/** After the last client has left, what it has left behind goes within this time. */
const REST_MS = 1_000_000;

/** A server holds nothing of work that its clients have ended so long ago. */
const IDLE_MS = 60_000;

/** What a plan has led to. */
export interface Run {
  readonly history: History;
  readonly trace: Trace;
  readonly steps: number;
}

/** Runs a plan in a world of its own. @throws WorldError if the world itself fails. */
export async function runPlan(plan: Plan, options?: SimulateOptions): Promise<Run> {
  let history: History | undefined;
  const { trace, steps } = await simulate(
    plan.seed,
    async (world) => {
      const running = new PlanWorld(world, plan);
      try {
        history = await running.run();
      } finally {
        running.end();
      }
    },
    options,
  );
  return { history: history as History, trace, steps };
}

/** The processes of a plan, and what goes wrong with them. */
class PlanWorld {
  readonly #world: World;
  readonly #plan: Plan;
  readonly #recorder: Recorder;
  readonly #crashes: { readonly process: string; readonly atMs: number }[] = [];
  readonly #left: History['clients'][number][] = [];
  readonly #bursts: SeenBurst[] = [];
  readonly #leftovers: string[] = [];
  readonly #pairs = new EventPairs();
  readonly #callers = new Map<NodeProcess, Caller>();
  readonly #struck: Struck[] = [];
  readonly #leaves: History['leaves'][number][] = [];
  readonly #servers: PlanServers;

  constructor(world: World, plan: Plan) {
    this.#world = world;
    this.#plan = plan;
    this.#recorder = new Recorder(world);
    this.#servers = new PlanServers(world, plan, this.#recorder);
  }

  async run(): Promise<History> {
    const world = this.#world;
    const { network, clients, faults } = this.#plan;
    const bytesPerMs = network.bytesPerMs === 0 ? Infinity : network.bytesPerMs;
    world.setPath({ ...network, bytesPerMs });
    await world.node('server', (running) => this.#servers.start(running)).finished;
    const left = clients.map((client) => this.#startClient(client.name));
    const broken = breakThings(world, faults, {
      plan: this.#plan,
      servers: this.#servers,
      leave: (fault) => this.#leave(fault),
      onCrash: (running) => this.#onCrash(running),
      onStruck: (struck) => this.#struck.push(struck),
    });
    const hostile = this.#startHostile();
    const isOver = await this.#within(Promise.all([...left, broken, hostile]), PATIENCE_MS);
    if (!isOver) this.#leftovers.push('a client has not left: something never settles');
    await this.#end();
    const { sights, connections } = this.#recorder;
    return {
      sights,
      crashes: this.#crashes,
      clients: this.#left,
      leaves: this.#leaves,
      servers: this.#servers.lives,
      struck: [...this.#struck, ...this.#refusals()],
      bursts: this.#bursts,
      connections: connections.changes,
      losses: connections.losses,
      leftovers: this.#leftovers,
      endMs: world.clock.now(),
    };
  }

  /** Resolves when the client has left, or has crashed. */
  #startClient(name: string): Promise<void> {
    const own = this.#plan.clients.find((client) => client.name === name);
    if (own === undefined) throw new Error(`no plan for ${name}`);
    return new Promise((resolve) => {
      this.#world.node(name, async (running) => {
        // A client that has crashed does not come back: its operations are gone with it.
        if (this.#recorder.nameOf(running) !== `${name}/1`) return resolve();
        const caller = new Caller(running, this.#plan, own, this.#recorder, () => this.#onIdle());
        this.#callers.set(running, caller);
        await caller.run();
        const leftMs = this.#world.clock.now();
        await caller.linger();
        const farewellMs = this.#world.clock.now();
        await caller.end();
        this.#left.push({ name, leftMs, farewellMs, goneMs: this.#world.clock.now() });
        resolve();
      });
    });
  }

  /** A client has had no work for a while. If that holds for all of them, the server has none. */
  #onIdle(): void {
    const { clients, faults, hostile = [] } = this.#plan;
    const isQuiet =
      faults.length + hostile.length === 0 && isOrderly(this.#plan) && !keepsStreams(this.#plan);
    const last = this.#servers.all.at(-1);
    if (!isQuiet || this.#left.length < clients.length || last === undefined) return;
    const lastMs = Math.max(...this.#left.map(({ leftMs }) => leftMs));
    if (this.#world.clock.now() - lastMs < IDLE_MS) return;
    const held = openWorkOf(last.server);
    this.#leftovers.push(...held.map((what) => `${what} of a server without work`));
  }

  async #leave(how: Fault & { readonly kind: 'leave' }): Promise<void> {
    const { client } = how;
    const atMs = this.#world.clock.now();
    const running = this.#world.processOf(client);
    if (running.hasEnded) return;
    await this.#callers.get(running)?.leave(how);
    this.#leaves.push({ client, atMs, goneMs: this.#world.clock.now() });
  }

  /** Resolves when all hostile peers have gone, and their callers. */
  #startHostile(): Promise<unknown> {
    return startHostile(this.#world, this.#plan, {
      recorder: this.#recorder,
      onCaller: (running, caller) => void this.#callers.set(running, caller),
      onBurst: (burst) => void this.#bursts.push(burst),
    });
  }

  #onCrash(running: NodeProcess): void {
    this.#crashes.push({
      process: this.#recorder.nameOf(running),
      atMs: this.#world.clock.now(),
    });
    this.#servers.onCrash(running);
  }

  /** Dials that the network or the server's node has refused. */
  #refusals(): Struck[] {
    const refused = this.#world.trace.entries.filter(({ kind }) => kind === 'refused');
    return refused.map(({ peer = '', atMs }) => ({ client: peer, atMs, toMs: atMs }));
  }

  /** Watches no more. */
  end(): void {
    this.#pairs.end();
  }

  async #end(): Promise<void> {
    const world = this.#world;
    world.heal();
    await world.sleep(REST_MS);
    this.#recorder.dropAll();
    const last = this.#servers.all.at(-1);
    if (last?.running.hasEnded === false) await this.#closeServer(last);
    this.#recorder.lookAtWatched();
    for (const each of this.#servers.all) this.#judgeClosed(each);
    for (const [process, caller] of this.#callers) {
      if (!process.hasEnded) this.#leftovers.push(...caller.leftovers);
    }
    this.#leftovers.push(...this.#pairs.problems);
    // What a crashed process has begun never ends.
    if (this.#crashes.length === 0) this.#leftovers.push(...this.#pairs.unfinished);
    if (world.connections > 0) this.#leftovers.push(`${world.connections} connections`);
  }

  async #closeServer({ server }: PlanServer): Promise<void> {
    this.#leftovers.push(...heldBy(server).map((what) => `${what} after all clients have left`));
    const refused = await probe(this.#world, this.#plan);
    this.#leftovers.push(...refused.map((text) => `nobody is there, and a call fails: ${text}`));
    const isClosed = await this.#within(server.close({ graceMs: 1_000 }), PATIENCE_MS);
    if (!isClosed) this.#leftovers.push('the server never closes');
    await this.#world.sleep(REST_MS);
  }

  /** A server that has ended holds nothing, unless its process has crashed. */
  #judgeClosed({ server, clock, running }: PlanServer): void {
    if (running.hasEnded) return;
    const { pendingTimers } = clock;
    const held = pendingTimers > 0 ? [`${pendingTimers} timers`] : [];
    this.#leftovers.push(
      ...[...heldBy(server), ...held].map((what) => `${what} of a closed server`),
    );
  }

  async #within(promise: Promise<unknown>, ms: number): Promise<boolean> {
    const late = this.#world.sleep(ms).then(() => false);
    return Promise.race([promise.then(() => true), late]);
  }
}
