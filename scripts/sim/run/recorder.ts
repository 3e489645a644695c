import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import type { World } from '../../../lib/simulation/world/world.ts';
import type { SeenError, Sight } from './history.ts';
import { SeenConnections } from './seen-connections.ts';

type Told = Omit<Sight, 'atMs' | 'clockMs' | 'entry' | 'process'>;

/** Takes down what the processes of a world see. It stands outside of the world. */
export class Recorder {
  readonly sights: Sight[] = [];
  readonly connections: SeenConnections;
  readonly #watched: (() => void)[] = [];
  readonly #kept: (readonly [running: NodeProcess, stream: object])[] = [];
  readonly #world: Pick<World, 'clock' | 'trace'>;
  readonly #names = new Map<NodeProcess, string>();

  constructor(world: Pick<World, 'clock' | 'trace'>) {
    this.#world = world;
    this.connections = new SeenConnections(world);
  }

  /** A name of its own for each process: a restarted node runs another. */
  nameOf(running: NodeProcess): string {
    let name = this.#names.get(running);
    if (name === undefined) {
      const count = [...this.#names.keys()].filter((other) => other.name === running.name).length;
      name = `${running.name}/${count + 1}`;
      this.#names.set(running, name);
    }
    return name;
  }

  add(running: NodeProcess, told: Told): void {
    const { clock, trace } = this.#world;
    const entry = trace.entries.length;
    const clockMs = running.clock.now();
    const process = this.nameOf(running);
    this.sights.push({ atMs: clock.now(), clockMs, entry, process, ...told });
  }

  /** A reader that stands still for ever has this stream. */
  keep(running: NodeProcess, stream: object): void {
    this.#kept.push([running, stream]);
  }

  /** Readers that stand still are gone, and the collector takes what they had. */
  dropAll(): void {
    for (const [running, stream] of this.#kept) running.collect(stream);
  }

  /** Looks at something when all has ended. */
  watch(look: () => void): void {
    this.#watched.push(look);
  }

  /** All has ended. */
  lookAtWatched(): void {
    for (const look of this.#watched) look();
  }

  /** The sights of one operation in one process. */
  of(running: NodeProcess, operation: number): OperationRecorder {
    return new OperationRecorder(this, running, operation);
  }
}

/** Takes down what a process sees of one operation. */
export class OperationRecorder {
  readonly running: NodeProcess;
  readonly operation: number;
  readonly #recorder: Recorder;

  constructor(recorder: Recorder, running: NodeProcess, operation: number) {
    this.#recorder = recorder;
    this.running = running;
    this.operation = operation;
  }

  /** Keeps a stream until the end of the world. */
  keep(stream: object): void {
    this.#recorder.keep(this.running, stream);
  }

  /** Takes down whether bytes that the reader of a stream has are still as they should be when all has ended. */
  watch(stream: string, isRight: () => boolean): void {
    this.#recorder.watch(() => {
      if (!isRight()) this.add('spoiled', { stream });
    });
  }

  add(kind: Sight['kind'], more: Omit<Told, 'kind' | 'operation'> = {}): void {
    this.#recorder.add(this.running, { operation: this.operation, kind, ...more });
  }
}

/** Causes of causes that are taken down. */
const MAX_CAUSES = 4;

/** The facts of an error that the model judges by, with its causes. */
export function seenError(error: unknown, depth = 0): SeenError {
  const members = Object(error) as Partial<Record<keyof SeenError, unknown>>;
  const { name, code, message, retryable, scope, mayHaveRun, path, cause } = members;
  return {
    name: String(name),
    code: typeof code === 'string' ? code : undefined,
    message: error instanceof Error ? String(message) : String(error),
    retryable: typeof retryable === 'boolean' ? retryable : undefined,
    scope: typeof scope === 'string' ? scope : undefined,
    ...(typeof mayHaveRun === 'boolean' && { mayHaveRun }),
    ...(Array.isArray(path) && { path: path.map(String) }),
    ...(cause !== undefined && depth < MAX_CAUSES && { cause: seenError(cause, depth + 1) }),
  };
}
