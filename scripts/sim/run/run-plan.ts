import type { Client, Server } from '../../../lib/index.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import { simulate, type SimulateOptions } from '../../../lib/simulation/world/simulate.ts';
import type { Trace } from '../../../lib/simulation/world/trace.ts';
import type { World } from '../../../lib/simulation/world/world.ts';
import type { Plan } from '../plan/plan.ts';
import { Caller } from './caller.ts';
import { compressionOf } from './compression.ts';
import { breakThings } from './faults.ts';
import type { History } from './history.ts';
import { Recorder } from './recorder.ts';
import { serve } from './service.ts';

/** All that has to come to its end does within this time of the world, whatever went wrong. */
const PATIENCE_MS = 3_600_000;
/** After the last client has left, what it has left behind goes within this time. */
const REST_MS = 1_000_000;

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
      history = await new PlanWorld(world, plan).run();
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
  readonly #left: { readonly name: string; readonly leftMs: number }[] = [];
  readonly #leftovers: string[] = [];
  #server: Server | undefined;
  #serverProcess: NodeProcess | undefined;

  constructor(world: World, plan: Plan) {
    this.#world = world;
    this.#plan = plan;
    this.#recorder = new Recorder(() => world.clock.now());
  }

  async run(): Promise<History> {
    const world = this.#world;
    const { network, clients, faults } = this.#plan;
    const bytesPerMs = network.bytesPerMs === 0 ? Infinity : network.bytesPerMs;
    world.setPath({ ...network, bytesPerMs });
    await world.node('server', (running) => this.#serve(running)).finished;
    const left = clients.map((client) => this.#startClient(client.name));
    const broken = breakThings(world, faults, {
      server: () => this.#server,
      onCrash: (running) => this.#onCrash(running),
    });
    const isOver = await this.#within(Promise.all([...left, broken]), PATIENCE_MS);
    if (!isOver) this.#leftovers.push('a client has not left: something never settles');
    await this.#end();
    const { sights } = this.#recorder;
    return {
      sights,
      crashes: this.#crashes,
      clients: this.#left,
      leftovers: this.#leftovers,
      endMs: world.clock.now(),
    };
  }

  async #serve(running: NodeProcess): Promise<void> {
    const { maxConcurrentCalls } = this.#plan.server;
    this.#serverProcess = running;
    const server = await running.listen({
      port: 1,
      compression: compressionOf(this.#plan),
      ...(maxConcurrentCalls > 0 && { governance: { maxConcurrentCalls } }),
    });
    serve(server, running, this.#recorder);
    this.#server = server;
  }

  /** Resolves when the client has left, or has crashed. */
  #startClient(name: string): Promise<void> {
    const own = this.#plan.clients.find((client) => client.name === name);
    if (own === undefined) throw new Error(`no plan for ${name}`);
    return new Promise((resolve) => {
      this.#world.node(name, async (running) => {
        // A client that has crashed does not come back: its operations are gone with it.
        if (this.#recorder.nameOf(running) !== `${name}/1`) return resolve();
        const caller = new Caller(running, this.#plan, own, this.#recorder);
        await caller.run();
        this.#left.push({ name, leftMs: this.#world.clock.now() });
        await caller.leave();
        resolve();
      });
    });
  }

  #onCrash(running: NodeProcess): void {
    this.#crashes.push({
      process: this.#recorder.nameOf(running),
      atMs: this.#world.clock.now(),
    });
  }

  async #end(): Promise<void> {
    const world = this.#world;
    world.heal();
    const server = this.#server;
    const running = this.#serverProcess;
    if (server === undefined || running === undefined || running.hasEnded) return;
    await world.sleep(REST_MS);
    this.#look('after all clients have left', server);
    const isClosed = await this.#within(server.close({ graceMs: 1_000 }), PATIENCE_MS);
    if (!isClosed) this.#leftovers.push('the server never closes');
    await world.sleep(REST_MS);
    if (world.connections > 0) this.#leftovers.push(`${world.connections} connections`);
  }

  /** Notes what a server or client still holds. */
  #look(when: string, { stats }: Pick<Server | Client, 'stats'>): void {
    for (const name of ['connections', 'waitReply', 'pending'] as const) {
      const held = (stats as unknown as Record<string, unknown>)[name];
      if (typeof held === 'number' && held > 0) this.#leftovers.push(`${held} ${name} ${when}`);
    }
  }

  async #within(promise: Promise<unknown>, ms: number): Promise<boolean> {
    const late = this.#world.sleep(ms).then(() => false);
    return Promise.race([promise.then(() => true), late]);
  }
}
