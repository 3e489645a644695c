import { callContext, isRpcError } from '../../../../lib/index.ts';
import type { NodeProcess } from '../../../../lib/simulation.ts';

/** How a call ended for its caller. */
export type CallEnd = 'ok' | { readonly code: string; readonly mayHaveRun: boolean | undefined };

/** The calls of a world, as the server has run them and as their callers have seen them end. */
export class SessionCalls {
  /** How often each call ran. */
  readonly #runs = new Map<number, number>();
  /** The times at which methods returned, by call. */
  readonly doneAt: Map<number, number> = new Map<number, number>();
  /** Reasons with which methods were told to stop, by call. */
  readonly stops: Map<number, string> = new Map<number, string>();
  readonly ends: Map<number, CallEnd> = new Map<number, CallEnd>();

  /** How often a call ran. */
  runsOf(id: number): number {
    return this.#runs.get(id) ?? 0;
  }

  /** The calls that have run, in the order in which they began. */
  get order(): number[] {
    return [...this.#runs.keys()];
  }

  /** The method: works for so long, unless nobody wants the result any more. */
  async run(node: NodeProcess, id: number, ms: number): Promise<number> {
    this.#runs.set(id, this.runsOf(id) + 1);
    const { signal } = callContext();
    signal.addEventListener('abort', () => this.stops.set(id, String(signal.reason)));
    if (ms > 0) await node.sleep(ms);
    this.doneAt.set(id, node.clock.now());
    return id * 2;
  }

  /** Takes down how a call ends. Never rejects. */
  async settle(id: number, call: Promise<number>): Promise<CallEnd> {
    const end = await call.then((value) => (value === id * 2 ? 'ok' : wrong(value)), endOf);
    if (this.ends.has(id)) throw new Error(`call ${id} has ended twice`);
    this.ends.set(id, end);
    return end;
  }

  /** The calls that have ended like this. */
  endedWith(code: string): number[] {
    const all = [...this.ends];
    return all.flatMap(([id, end]) => ((end === 'ok' ? end : end.code) === code ? [id] : []));
  }
}

function wrong(value: number): CallEnd {
  return { code: `the reply of another call: ${value}`, mayHaveRun: undefined };
}

function endOf(error: unknown): CallEnd {
  if (!isRpcError(error)) return { code: String(error), mayHaveRun: undefined };
  return { code: error.code, mayHaveRun: error.mayHaveRun };
}
