import type { Server } from '../../../lib/index.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import type { World } from '../../../lib/simulation/world/world.ts';
import type { Plan } from '../plan/plan.ts';
import { CountedClock } from './counted-clock.ts';
import type { ServerLife } from './history.ts';
import type { Recorder } from './recorder.ts';
import { serve } from './service.ts';
import { makeServer } from './setup.ts';

/** A server of the plan, and what is known of it. */
export interface PlanServer {
  readonly server: Server;
  readonly clock: CountedClock;
  readonly running: NodeProcess;
  readonly startMs: number;
  readonly ends: { readonly atMs: number; readonly graceMs: number }[];
}

/** How a server ends, and milliseconds until the next one starts. */
interface ServerEnd {
  readonly graceMs: number | undefined;
  readonly againMs: number;
}

/** The servers of a plan, one after the other. */
export class PlanServers {
  readonly all: PlanServer[] = [];
  readonly #world: World;
  readonly #plan: Plan;
  readonly #recorder: Recorder;

  constructor(world: World, plan: Plan, recorder: Recorder) {
    this.#world = world;
    this.#plan = plan;
    this.#recorder = recorder;
  }

  /** When they have started, and when they have begun to end. */
  get lives(): ServerLife[] {
    return this.all.map(({ startMs, ends, running }) => {
      return { process: this.#recorder.nameOf(running), startMs, ends };
    });
  }

  /** Starts a server in a process. */
  async start(running: NodeProcess): Promise<void> {
    const clock = new CountedClock(running.clock);
    const server = await makeServer(this.#plan, running, clock);
    this.#recorder.connections.watchServer(server);
    serve(server, running, this.#recorder);
    this.all.push({ server, clock, running, startMs: this.#world.clock.now(), ends: [] });
  }

  /** Drains the server that runs, or aborts it without grace. When it has ended, another one starts. */
  async end({ graceMs, againMs }: ServerEnd): Promise<void> {
    const ended = this.all.at(-1);
    // The server of a crashed process never closes.
    if (ended === undefined || ended.running.hasEnded) return;
    const { server, ends, running } = ended;
    ends.push({ atMs: this.#world.clock.now(), graceMs: graceMs ?? 0 });
    const end = graceMs === undefined ? server.abort() : server.close({ graceMs });
    if (ends.length > 1) return void end;
    await end;
    await this.#world.sleep(againMs);
    if (!running.hasEnded) await this.start(running);
  }

  /** The process of the server has crashed. */
  onCrash(crashed: NodeProcess): void {
    const last = this.all.at(-1);
    if (last?.running !== crashed) return;
    last.ends.push({ atMs: this.#world.clock.now(), graceMs: 0 });
  }
}
