import { shownValue } from '../../base/shown-value.ts';
import { MisuseError } from '../../errors/errors.ts';
import type { Dice } from './dice.ts';
import { Disk } from './disk.ts';
import type { Machines } from './machines.ts';
import type { WorldNetwork } from './network.ts';
import { NodeProcess, type NodeProgram } from './node.ts';
import { NodeStore } from './store.ts';
import type { Trace } from './trace.ts';

/** A node: its disk stays, its processes come and go. */
interface Node {
  readonly program: NodeProgram;
  readonly disk: Disk;
  running: NodeProcess;
}

/** The parts of a world that its nodes use. */
interface NodesSetup {
  readonly dice: Dice;
  readonly trace: Trace;
  readonly machines: Machines;
  readonly network: WorldNetwork;
  /** Called when the program of a node fails. */
  readonly onFailure: (error: unknown) => void;
}

/** The nodes of a world. */
export class Nodes {
  readonly #parts: NodesSetup;
  readonly #nodes = new Map<string, Node>();

  constructor(parts: NodesSetup) {
    this.#parts = parts;
  }

  has(name: string): boolean {
    return this.#nodes.has(name);
  }

  /** @throws MisuseError if there is no such node. */
  of(name: string): Node {
    const node = this.#nodes.get(name);
    if (node !== undefined) return node;
    const shown = typeof name === 'string' ? name : shownValue(name);
    throw new MisuseError(`there is no node ${shown}`);
  }

  /** Nodes with a program that has neither returned nor crashed. */
  get unfinished(): string[] {
    const running = [...this.#nodes.values()].map((node) => node.running);
    return running
      .filter(({ isFinished, hasEnded }) => !isFinished && !hasEnded)
      .map(({ name }) => name);
  }

  /** Adds a node and starts its program. @throws MisuseError if there is one of that name. */
  add(name: string, program: NodeProgram): NodeProcess {
    if (this.has(name)) throw new MisuseError(`there is a node ${name} already`);
    const disk = new Disk(this.#parts.dice.fork());
    const running = this.#makeProcess(name, disk);
    this.#nodes.set(name, { program, disk, running });
    this.#start(running, program);
    return running;
  }

  /** Starts the program of a crashed node again. @throws MisuseError if it has not crashed. */
  restart(name: string): NodeProcess {
    const node = this.of(name);
    if (!node.running.hasEnded) throw new MisuseError(`the node ${name} has not crashed`);
    this.#parts.network.restart(name);
    node.running = this.#makeProcess(name, node.disk);
    this.#start(node.running, node.program);
    return node.running;
  }

  /** Ends all processes. */
  end(): void {
    for (const { running } of this.#nodes.values()) running.loop.end();
  }

  #makeProcess(name: string, disk: Disk): NodeProcess {
    const { trace, machines, network, dice: worldDice } = this.#parts;
    const loop = machines.makeLoop(`node ${name}`);
    const dice = worldDice.fork();
    const onKept = (key: string): void => trace.add({ kind: 'kept', node: name, text: key });
    const store = new NodeStore({ disk, loop, dice: dice.fork(), onKept });
    const transportOf = (running: NodeProcess) => network.transportOf(running);
    return new NodeProcess({ name, loop, store, dice, trace, transportOf });
  }

  #start(running: NodeProcess, program: NodeProgram): void {
    this.#parts.trace.add({ kind: 'start', node: running.name, text: '' });
    running.run(program, this.#parts.onFailure);
  }
}
