import { turns, until } from './turns.ts';
import { type Direction, Streams } from './streams.ts';
import { memoryPair, type PairOptions, withServer } from './with-server.ts';

/** A message of one number. */
export type Numbers = [number];

/** Runs a test with a stream of numbers. */
export async function withNumbers(
  run: (stream: Direction<Numbers>) => Promise<void>,
  options: PairOptions = memoryPair(),
): Promise<void> {
  await withServer(options, async ({ server, client }) => {
    await run(await new Streams(server, client).oneWay<Numbers>());
  });
}

/** Messages of the numbers below `count`. */
export function* numbers(count: number): Generator<Numbers> {
  for (let number = 0; number < count; number++) yield [number];
}

/** Sends as many numbers, and resolves when all of them are with the reader. */
export async function arrived({ sink, source }: Direction<Numbers>, count: number): Promise<void> {
  for (const message of numbers(count)) await sink.send(...message);
  await sink.flush();
  await until(() => source.bufferedBytes > 0);
  await turns(20);
}
