import { FUNCTION, TEXT } from '../../base/option-kinds.ts';
import { checkArgument, judgedBy, optionsOf } from '../../base/public-function.ts';
import type { Clock } from '../../base/clock.ts';
import type { Direction, WorldConnection } from './connection.ts';
import { type Chooser, Dice } from './dice.ts';
import { WorldNetwork } from './network.ts';
import type { NodeProcess, NodeProgram } from './node.ts';
import { Machines } from './machines.ts';
import type { NodeLoop } from './node-loop.ts';
import { Nodes } from './nodes.ts';
import type { PathConditions } from './path.ts';
import { Schedule } from './schedule.ts';
import { Trace } from './trace.ts';
import {
  checkApart,
  checkNodeName,
  CRASH_OPTIONS,
  type CrashKind,
  DIRECTION,
  DURATION,
  INDEX,
  PAIR,
  sleepOn,
} from './world-arguments.ts';

/**
 * Processes, a network between them, and time. All of it is decided by the seed. Time passes only when
 * nothing can happen now, so that a day of waiting takes no time.
 */
export class World {
  /** All that happens follows from it. */
  readonly seed: number;
  /** @internal */
  readonly schedule: Schedule;
  readonly #dice: Dice;
  readonly #trace: Trace;
  readonly #network: WorldNetwork;
  readonly #loop: NodeLoop;
  readonly #nodes: Nodes;

  /**
   * @internal
   * @param onFailure - called when the program of a node fails.
   * @param chooser - decides the order of things that can happen at the same time. Default: chance.
   */
  constructor(seed: number, onFailure: (error: unknown) => void, chooser?: Chooser) {
    this.seed = seed;
    const dice = (this.#dice = new Dice(seed));
    this.schedule = new Schedule(chooser ?? dice.fork());
    const trace = (this.#trace = new Trace(this.schedule));
    const { touches } = this.schedule;
    const machines = new Machines(seed, this.schedule, onFailure);
    this.#loop = machines.makeLoop('the program');
    const isNode = (name: string): boolean => this.#nodes.has(name);
    this.#network = new WorldNetwork(dice.fork(), trace, touches, isNode);
    this.#nodes = new Nodes({ dice, trace, machines, network: this.#network, onFailure });
  }

  /** Chance for the program of the world. */
  get dice(): Dice {
    this.schedule.touches.addAll();
    return this.#dice;
  }

  /** All that has happened so far. */
  get trace(): Trace {
    this.schedule.touches.addAll();
    return this.#trace;
  }

  /** The time of the world, from 0. A node's clock may be ahead of it. */
  get clock(): Clock {
    return this.#loop.clock;
  }

  /** The number of things that have happened. */
  get steps(): number {
    this.schedule.touches.addAll();
    return this.schedule.steps;
  }

  /**
   * Adds a node and starts its program.
   *
   * @param name - its host name as well: any text without white space and colons.
   * @throws MisuseError if there is one of that name, for another name, or if the program is no function.
   */
  node(name: string, program: NodeProgram): NodeProcess {
    this.schedule.touches.addAll();
    checkNodeName(name);
    checkArgument('node', 'program', program, FUNCTION);
    return this.#nodes.add(name, program);
  }

  /** @internal The nodes with a program that has not returned yet. */
  get unfinished(): string[] {
    return this.#nodes.unfinished;
  }

  /** @internal Runs code as that of the world's program. */
  enter(work: () => void): void {
    this.#loop.enter(work);
  }

  /** The process that runs on a node, or the last that ran there. @throws MisuseError if there is no such node. */
  processOf(name: string): NodeProcess {
    return this.#nodes.of(name).running;
  }

  /** Connections that are open, at one end at least. */
  get connections(): number {
    this.schedule.touches.addAll();
    return this.#network.connections.length;
  }

  /**
   * Sets the quality of the way between two nodes, or of all ways that have none of their own, for
   * connections to come.
   *
   * @throws OptionError for a wrong condition, MisuseError if there are no such two nodes.
   */
  setPath(conditions: Partial<PathConditions>, between?: readonly [string, string]): void {
    this.schedule.touches.addAll();
    const { ways } = this.#network;
    if (between !== undefined) {
      checkArgument('setPath', 'between', between, PAIR);
      for (const name of between) this.#nodes.of(name);
    }
    judgedBy('setPath', () => {
      if (between === undefined) ways.setDefaultPath(conditions);
      else ways.setPath(...between, conditions);
    });
  }

  /**
   * Nothing passes between the two nodes until `heal`. What was sent arrives afterwards.
   *
   * @throws MisuseError if there is no such node, or if the two are one.
   */
  partition(one: string, other: string): void {
    for (const name of [one, other]) this.#nodes.of(name);
    checkApart('partition', one, other);
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
   * Resets the connections between two nodes: both ends learn of it at once. Returns how many; 0 if
   * there are none.
   *
   * @throws MisuseError if there is no such node.
   */
  cut(one: string, other: string): number {
    for (const name of [one, other]) this.#nodes.of(name);
    this.#tellOfPair('cut', one, other);
    return this.#network.cut(one, other);
  }

  /**
   * Resets one connection, counted from 0 among those that are open. Returns whether there is one.
   *
   * @throws MisuseError for no whole number from 0 on.
   */
  cutOne(index: number): boolean {
    checkArgument('cutOne', 'index', index, INDEX);
    const connection = this.#connectionAt(index, 'cut', '');
    connection?.cut();
    return connection !== undefined;
  }

  /**
   * One direction of a connection stands still for ever, or both. No end learns of it, unless `forMs`
   * is given: after that time the systems of both ends give the connection up, as real ones do after
   * some minutes. `index` is that of `cutOne`. Returns whether there is one.
   *
   * @throws MisuseError for another index, direction or time.
   */
  silence(index: number, direction: Direction = 'both', forMs?: number): boolean {
    checkArgument('silence', 'index', index, INDEX);
    checkArgument('silence', 'direction', direction, DIRECTION);
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
   * @throws MisuseError if there is no such node, OptionError for another kind.
   */
  crash(name: string, options: { readonly kind?: CrashKind | undefined } = {}): void {
    const { kind = 'process' } = optionsOf('crash', options, CRASH_OPTIONS);
    const { running, disk } = this.#nodes.of(name);
    if (running.hasEnded) return;
    this.#trace.add({ kind: 'crash', node: name, text: kind });
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
    return this.#nodes.restart(name);
  }

  /**
   * The loop of a process is blocked: nothing happens in it for so many milliseconds. Does nothing if it
   * has crashed.
   *
   * @throws MisuseError if there is no such node, or for no length of time.
   */
  block(name: string, ms: number): void {
    checkArgument('block', 'ms', ms, DURATION);
    const { loop } = this.processOf(name);
    if (loop.isDead) return;
    this.#trace.add({ kind: 'block', node: name, text: `${ms} ms` });
    loop.block(ms);
  }

  /**
   * The clock of a process jumps ahead by so many milliseconds, as after a machine has slept.
   * Does nothing if it has crashed.
   *
   * @throws MisuseError if there is no such node, or for no length of time.
   */
  jump(name: string, ms: number): void {
    checkArgument('jump', 'ms', ms, DURATION);
    const { clock, isDead } = this.processOf(name).loop;
    if (isDead) return;
    this.#trace.add({ kind: 'jump', node: name, text: `${ms} ms` });
    clock.jump(ms);
  }

  /** Writes a line into the trace. @throws MisuseError for no string. */
  note(text: string): void {
    checkArgument('note', 'text', text, TEXT);
    this.#trace.add({ kind: 'note', node: '', text });
  }

  /**
   * Resolves after so many milliseconds of the world; at once, but in a later step, for 0 or less.
   *
   * @throws MisuseError for no number.
   */
  sleep(ms: number): Promise<void> {
    return sleepOn(this.#loop.clock, ms);
  }

  /**
   * Does something to the world in so many milliseconds, before, between or after all that can happen at
   * that time: the seed says where, and `explore` tries all places. Resolves when it is done.
   *
   * @throws MisuseError for no function or no time, and whatever `action` throws.
   */
  anytime(action: () => void, inMs = 0): Promise<void> {
    checkArgument('anytime', 'action', action, FUNCTION);
    checkArgument('anytime', 'inMs', inMs, DURATION);
    return this.#loop.anytime(action, inMs);
  }

  /** @internal Ends all processes. */
  end(): void {
    this.#nodes.end();
    this.#loop.end();
  }

  /** Writes an event of two nodes into the trace, or of all nodes. */
  #tellOfPair(kind: string, one?: string, other?: string): void {
    for (const name of [one, other]) if (name !== undefined) this.#nodes.of(name);
    this.#trace.add({ kind, node: one ?? 'all', peer: other, text: '' });
  }

  /** An open connection to which something happens. */
  #connectionAt(index: number, kind: string, text: string): WorldConnection | undefined {
    this.schedule.touches.addAll();
    const connection = this.#network.connections[index];
    if (connection === undefined) return undefined;
    const { number, dialer, listener } = connection.parts;
    const place = { node: listener.name, peer: dialer.name, connection: number };
    this.#trace.add({ kind, ...place, text });
    return connection;
  }
}
