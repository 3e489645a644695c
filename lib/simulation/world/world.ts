import type { Clock } from '../../base/clock.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Direction } from './connection.ts';
import { type Chooser, Dice } from './dice.ts';
import { WorldNetwork } from './network.ts';
import { NodeProcess } from './node.ts';
import { NodeLoop } from './node-clock.ts';
import type { PathConditions } from './path.ts';
import { Schedule } from './schedule.ts';
import { NodeStore } from './store.ts';
import { Trace } from './trace.ts';

/** The program of a node. It runs at the start of the node and at each restart. */
export type NodeProgram = (running: NodeProcess) => void | Promise<void>;

/** How a node crashes. */
export interface CrashOptions {
  /**
   * `process` ends the process: its system ends the connections, and peers learn of it at once.
   * `machine` takes the system with it: peers hear nothing any more.
   *
   * @default 'process'
   */
  readonly kind?: 'process' | 'machine';
}

interface Node {
  readonly program: NodeProgram;
  readonly store: NodeStore;
  running: NodeProcess;
}

/**
 * Processes, a network between them, and time. All of it is decided by the seed. Time passes only when
 * nothing can happen now, so that a day of waiting takes no time.
 */
export class World {
  readonly seed: number;
  /** Chance for the program of the world. */
  readonly dice: Dice;
  readonly trace: Trace;
  readonly schedule: Schedule;
  readonly #network: WorldNetwork;
  readonly #loop: NodeLoop;
  readonly #nodes = new Map<string, Node>();
  #onFailure: (error: unknown) => void;

  /**
   * @internal
   * @param onFailure - called when the program of a node fails.
   * @param chooser - decides the order of things that can happen at the same time. Default: chance.
   */
  constructor(seed: number, onFailure: (error: unknown) => void, chooser?: Chooser) {
    this.seed = seed;
    this.dice = new Dice(seed);
    this.schedule = new Schedule(chooser ?? this.dice.fork());
    this.trace = new Trace(this.schedule);
    this.#loop = new NodeLoop(this.schedule);
    this.#network = new WorldNetwork(this.dice.fork(), this.trace);
    this.#onFailure = onFailure;
  }

  /** The time of the world. A node's clock may be ahead of it. */
  get clock(): Clock {
    return this.#loop.clock;
  }

  /** Adds a node and starts its program. @throws MisuseError if there is one of that name. */
  node(name: string, program: NodeProgram): NodeProcess {
    if (this.#nodes.has(name)) throw new MisuseError(`there is a node ${name} already`);
    const loop = new NodeLoop(this.schedule);
    const store = new NodeStore(loop, this.dice.fork());
    const running = this.#makeProcess(name, loop, store);
    this.#nodes.set(name, { program, store, running });
    this.#start(running, program);
    return running;
  }

  /** The process that runs on a node. @throws MisuseError if there is no such node. */
  processOf(name: string): NodeProcess {
    return this.#nodeOf(name).running;
  }

  /** Connections that are open, at one end at least. */
  get connections(): number {
    return this.#network.connections.length;
  }

  /** Sets the quality of the way between two nodes, or of all ways, for connections to come. @throws OptionError */
  setPath(conditions: Partial<PathConditions>, between?: readonly [string, string]): void {
    if (between === undefined) this.#network.setDefaultPath(conditions);
    else this.#network.setPath(...between, conditions);
  }

  /** Nothing passes between the two nodes until `heal`. What was sent arrives afterwards. */
  partition(one: string, other: string): void {
    this.#tell('partition', one, other);
    this.#network.partition(one, other);
  }

  /** Ends the partition of two nodes, or all partitions. */
  heal(one?: string, other?: string): void {
    this.#tell('heal', one ?? 'all', other);
    if (one !== undefined && other !== undefined) this.#network.heal(one, other);
    else this.#network.healAll();
  }

  /** Resets the connections between two nodes. Returns how many. */
  cut(one: string, other: string): number {
    this.#tell('cut', one, other);
    return this.#network.cut(one, other);
  }

  /** Resets one connection, counted among those that are open. Returns whether there is one. */
  cutOne(index: number): boolean {
    const connection = this.#network.connections[index];
    if (connection === undefined) return false;
    const { number, dialer, listener } = connection.parts;
    this.trace.add({
      kind: 'cut',
      node: listener.name,
      peer: dialer.name,
      connection: number,
      text: '',
    });
    connection.cut();
    return true;
  }

  /** One direction of a connection stands still for ever, or both: no end learns of it. */
  silence(index: number, direction: Direction = 'both'): boolean {
    const connection = this.#network.connections[index];
    if (connection === undefined) return false;
    const { number, dialer, listener } = connection.parts;
    this.trace.add({
      kind: 'silence',
      node: listener.name,
      peer: dialer.name,
      connection: number,
      text: direction,
    });
    connection.setHeldUp(true, direction);
    return true;
  }

  /** The process of a node ends at once. Its memory is gone; its store keeps what was kept. */
  crash(name: string, { kind = 'process' }: CrashOptions = {}): void {
    const { running, store } = this.#nodeOf(name);
    if (running.loop.isDead) return;
    this.trace.add({ kind: 'crash', node: name, text: kind });
    running.loop.end();
    store.crash();
    this.#network.crash(running, kind === 'machine');
  }

  /** Starts the program of a crashed node again. Returns the new process. */
  restart(name: string): NodeProcess {
    const node = this.#nodeOf(name);
    if (!node.running.loop.isDead) throw new MisuseError(`the node ${name} has not crashed`);
    this.#network.resetOld(name);
    const loop = new NodeLoop(this.schedule);
    node.store.restart(loop);
    node.running = this.#makeProcess(name, loop, node.store);
    this.#start(node.running, node.program);
    return node.running;
  }

  /** The loop of a process is blocked: nothing happens in it for so long. */
  block(name: string, ms: number): void {
    this.trace.add({ kind: 'block', node: name, text: `${ms} ms` });
    this.processOf(name).loop.block(ms);
  }

  /** The clock of a process jumps ahead, as after a machine has slept. */
  jump(name: string, ms: number): void {
    this.trace.add({ kind: 'jump', node: name, text: `${ms} ms` });
    this.processOf(name).loop.clock.jump(ms);
  }

  /** Resolves after so many milliseconds of the world. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#loop.clock.setTimeout(resolve, ms));
  }

  /** Ends all processes. */
  end(): void {
    for (const { running } of this.#nodes.values()) running.loop.end();
    this.#loop.end();
  }

  #tell(kind: string, node: string, peer?: string): void {
    this.trace.add({ kind, node, peer, text: '' });
  }

  #nodeOf(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new MisuseError(`there is no node ${name}`);
    return node;
  }

  #makeProcess(name: string, loop: NodeLoop, store: NodeStore): NodeProcess {
    const { trace } = this;
    return new NodeProcess({
      name,
      loop,
      store,
      dice: this.dice.fork(),
      trace,
      transportOf: (running) => this.#network.transportOf(running),
    });
  }

  #start(running: NodeProcess, program: NodeProgram): void {
    this.trace.add({ kind: 'start', node: running.name, text: '' });
    running.loop.clock.yield(() => {
      Promise.resolve()
        .then(() => program(running))
        .catch((error: unknown) => {
          if (!running.loop.isDead) this.#onFailure(error);
        });
    });
  }
}
