import { FUNCTION, kind as kindOf, numberWithin, TEXT } from '../../base/option-kinds.ts';
import { checkArgument, judgedBy } from '../../base/public-function.ts';
import type { Clock } from '../../base/clock.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Direction, WorldConnection } from './connection.ts';
import { type Chooser, Dice } from './dice.ts';
import { Disk } from './disk.ts';
import { WorldNetwork } from './network.ts';
import { NodeProcess, type NodeProgram } from './node.ts';
import { NodeLoop } from './node-loop.ts';
import type { PathConditions } from './path.ts';
import { Schedule } from './schedule.ts';
import { NodeStore } from './store.ts';
import { Trace } from './trace.ts';

const CRASH_KIND = kindOf(
  "'process' or 'machine'",
  (value) => value === 'process' || value === 'machine',
);
const DURATION = numberWithin({ min: 0, isFractionAllowed: true });

/**
 * How a node crashes. `process` ends the process: its system ends the connections, and peers learn of it
 * at once. `machine` takes the system with it: peers hear nothing any more.
 */
export type CrashKind = 'process' | 'machine';

interface Node {
  readonly program: NodeProgram;
  readonly disk: Disk;
  running: NodeProcess;
}

/**
 * Processes, a network between them, and time. All of it is decided by the seed. Time passes only when
 * nothing can happen now, so that a day of waiting takes no time.
 */
export class World {
  /** All that happens follows from it. */
  readonly seed: number;
  /** Chance for the program of the world. */
  readonly dice: Dice;
  /** All that has happened so far. */
  readonly trace: Trace;
  /** @internal */
  readonly schedule: Schedule;
  readonly #network: WorldNetwork;
  readonly #loop: NodeLoop;
  readonly #nodes = new Map<string, Node>();
  readonly #onFailure: (error: unknown) => void;

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

  /** The time of the world, from 0. A node's clock may be ahead of it. */
  get clock(): Clock {
    return this.#loop.clock;
  }

  /** The number of things that have happened. */
  get steps(): number {
    return this.schedule.steps;
  }

  /**
   * Adds a node and starts its program.
   *
   * @throws MisuseError if there is one of that name, or if the program is no function.
   */
  node(name: string, program: NodeProgram): NodeProcess {
    checkArgument('node', 'name', name, TEXT);
    checkArgument('node', 'program', program, FUNCTION);
    if (this.#nodes.has(name)) throw new MisuseError(`there is a node ${name} already`);
    const disk = new Disk(this.dice.fork());
    const running = this.#makeProcess(name, disk);
    this.#nodes.set(name, { program, disk, running });
    this.#start(running, program);
    return running;
  }

  /** The process that runs on a node, or the last that ran there. @throws MisuseError if there is no such node. */
  processOf(name: string): NodeProcess {
    return this.#nodeOf(name).running;
  }

  /** Connections that are open, at one end at least. */
  get connections(): number {
    return this.#network.connections.length;
  }

  /** Sets the quality of the way between two nodes, or of all ways, for connections to come. @throws OptionError */
  setPath(conditions: Partial<PathConditions>, between?: readonly [string, string]): void {
    const { ways } = this.#network;
    judgedBy('setPath', () => {
      if (between === undefined) ways.setDefaultPath(conditions);
      else ways.setPath(...between, conditions);
    });
  }

  /**
   * Nothing passes between the two nodes until `heal`. What was sent arrives afterwards.
   *
   * @throws MisuseError if there is no such node.
   */
  partition(one: string, other: string): void {
    this.#tellOfPair('partition', one, other);
    this.#network.partition(one, other);
  }

  /**
   * Ends the partition of two nodes, all partitions of one node, or all.
   *
   * @throws MisuseError if there is no such node.
   */
  heal(one?: string, other?: string): void {
    this.#tellOfPair('heal', one, other);
    this.#network.heal(one, other);
  }

  /**
   * Resets the connections between two nodes: both ends learn of it at once. Returns how many.
   *
   * @throws MisuseError if there is no such node.
   */
  cut(one: string, other: string): number {
    this.#tellOfPair('cut', one, other);
    return this.#network.cut(one, other);
  }

  /** Resets one connection, counted from 0 among those that are open. Returns whether there is one. */
  cutOne(index: number): boolean {
    const connection = this.#connectionAt(index, 'cut', '');
    connection?.cut();
    return connection !== undefined;
  }

  /**
   * One direction of a connection stands still for ever, or both. No end learns of it, unless `forMs`
   * is given: after that time the systems of both ends give the connection up, as real ones do after
   * some minutes. `index` is that of `cutOne`. Returns whether there is one.
   */
  silence(index: number, direction: Direction = 'both', forMs?: number): boolean {
    if (forMs !== undefined) checkArgument('silence', 'forMs', forMs, DURATION);
    const connection = this.#connectionAt(index, 'silence', direction);
    connection?.silence(direction);
    if (forMs !== undefined) this.#loop.clock.setTimeout(() => connection?.cut(), forMs);
    return connection !== undefined;
  }

  /**
   * The process of a node ends at once. Its memory is gone; its store keeps what was kept. Does nothing
   * if it has crashed already.
   *
   * @throws MisuseError if there is no such node, or no such kind.
   */
  crash(name: string, { kind = 'process' }: { readonly kind?: CrashKind | undefined } = {}): void {
    checkArgument('crash', 'kind', kind, CRASH_KIND);
    const { running, disk } = this.#nodeOf(name);
    if (running.hasEnded) return;
    this.trace.add({ kind: 'crash', node: name, text: kind });
    running.loop.end();
    disk.crash();
    this.#network.crash(running, kind === 'machine');
  }

  /**
   * Starts the program of a crashed node again. Returns the new process.
   *
   * @throws MisuseError if there is no such node, or if it has not crashed.
   */
  restart(name: string): NodeProcess {
    const node = this.#nodeOf(name);
    if (!node.running.hasEnded) throw new MisuseError(`the node ${name} has not crashed`);
    this.#network.restart(name);
    node.running = this.#makeProcess(name, node.disk);
    this.#start(node.running, node.program);
    return node.running;
  }

  /**
   * The loop of a process is blocked: nothing happens in it for so many milliseconds.
   *
   * @throws MisuseError if there is no such node, or for no length of time.
   */
  block(name: string, ms: number): void {
    checkArgument('block', 'ms', ms, DURATION);
    const { loop } = this.processOf(name);
    this.trace.add({ kind: 'block', node: name, text: `${ms} ms` });
    loop.block(ms);
  }

  /**
   * The clock of a process jumps ahead by so many milliseconds, as after a machine has slept.
   *
   * @throws MisuseError if there is no such node, or for no length of time.
   */
  jump(name: string, ms: number): void {
    checkArgument('jump', 'ms', ms, DURATION);
    const { clock } = this.processOf(name).loop;
    this.trace.add({ kind: 'jump', node: name, text: `${ms} ms` });
    clock.jump(ms);
  }

  /** Writes a line into the trace. */
  note(text: string): void {
    this.trace.add({ kind: 'note', node: '', text });
  }

  /** Resolves after so many milliseconds of the world. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#loop.clock.setTimeout(resolve, ms));
  }

  /**
   * Does something to the world in so many milliseconds, before, between or after all that can happen at
   * that time: the seed says where, and `explore` tries all places. Resolves when it is done.
   *
   * @throws whatever `action` throws.
   */
  anytime(action: () => void, inMs = 0): Promise<void> {
    checkArgument('anytime', 'action', action, FUNCTION);
    checkArgument('anytime', 'inMs', inMs, DURATION);
    return this.#loop.anytime(action, inMs);
  }

  /** @internal Ends all processes. */
  end(): void {
    for (const { running } of this.#nodes.values()) running.loop.end();
    this.#loop.end();
  }

  /** Writes an event of two nodes into the trace, or of all nodes. */
  #tellOfPair(kind: string, one?: string, other?: string): void {
    for (const name of [one, other]) if (name !== undefined) this.#nodeOf(name);
    this.trace.add({ kind, node: one ?? 'all', peer: other, text: '' });
  }

  /** An open connection to which something happens. */
  #connectionAt(index: number, kind: string, text: string): WorldConnection | undefined {
    const connection = this.#network.connections[index];
    if (connection === undefined) return undefined;
    const { number, dialer, listener } = connection.parts;
    const place = { node: listener.name, peer: dialer.name, connection: number };
    this.trace.add({ kind, ...place, text });
    return connection;
  }

  #nodeOf(name: string): Node {
    const node = this.#nodes.get(name);
    if (node === undefined) throw new MisuseError(`there is no node ${name}`);
    return node;
  }

  #makeProcess(name: string, disk: Disk): NodeProcess {
    const { trace } = this;
    const loop = new NodeLoop(this.schedule);
    const dice = this.dice.fork();
    const onKept = (key: string): void => trace.add({ kind: 'kept', node: name, text: key });
    const store = new NodeStore({ disk, loop, dice: dice.fork(), onKept });
    const transportOf = (running: NodeProcess) => this.#network.transportOf(running);
    return new NodeProcess({ name, loop, store, dice, trace, transportOf });
  }

  #start(running: NodeProcess, program: NodeProgram): void {
    this.trace.add({ kind: 'start', node: running.name, text: '' });
    running.run(program, this.#onFailure);
  }
}
