import { raw } from '../../lib/layout.ts';
import type { Sink, Source } from '../../lib/index.ts';
import { type Bench, withBench } from './stream-bench.ts';
import { turns } from './turns.ts';
import type { PairOptions } from './with-server.ts';

type Bytes = [Uint8Array];

/** What both budgets are by default. */
export const BUDGET_BYTES = 262_144;

/** As {@link withBench}, with streams of raw bytes. */
export async function withByteStreams(
  pair: PairOptions,
  run: (bench: Bench) => Promise<void>,
): Promise<void> {
  await withBench(run, pair, { serializer: raw });
}

/** Sends as fast as the sink lets it until it is told to stop; remembers the most that waited. */
export class Producer {
  sent = 0;
  mostBufferedBytes = 0;
  isStopped = false;
  readonly done: Promise<void>;
  readonly #sink: Sink<Bytes>;

  constructor(sink: Sink<Bytes>, message: Uint8Array) {
    this.#sink = sink;
    this.done = this.#run(message);
    this.done.catch(() => {});
  }

  async #run(message: Uint8Array): Promise<void> {
    while (!this.isStopped) {
      const room = this.#sink.send(message);
      this.sent++;
      this.mostBufferedBytes = Math.max(this.mostBufferedBytes, this.#sink.bufferedBytes);
      if (room !== undefined) await room;
      // Even a reader that keeps up must not starve the test.
      else if (this.sent % 100 === 0) await turns(1);
    }
    await this.#sink.close();
  }

  /** Resolves when it has not got on for many turns. */
  async stuck(): Promise<void> {
    let before = -1;
    while (before !== this.sent) {
      before = this.sent;
      await turns(200);
    }
  }
}

/** Reads everything, a message now and then, and lets the loop turn in between. */
export async function readSlowly(source: Source<Bytes>, messagesPerTurn: number): Promise<number> {
  let count = 0;
  while ((await source.read()) !== undefined) {
    if (++count % messagesPerTurn === 0) await turns(1);
  }
  return count;
}
