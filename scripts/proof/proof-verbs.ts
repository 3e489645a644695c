import { type Server, type Sink, type Source, verb, type Verb } from '../../lib/index.ts';
import { type Item, makeItems, resumableFor } from './items.ts';
import type { Readings } from './readings.ts';

/** Has the other process send so many items. The stream that names the connection stays empty. */
export const DOWNLOAD: Verb<(count: number, empty: Source<[]>) => Sink<[Item]>> = verb(1);

/** Has the other process read the items to their end. */
export const UPLOAD: Verb<(name: string, count: number, items: Source<[Item]>) => void> = verb(2);

/** The verbs of the other process: it sends a stream, and reads one. */
export function handleProofVerbs(server: Server, readings: Readings): void {
  server.handle(DOWNLOAD, (context, count, empty) => {
    const sink = empty.makeSink<[Item]>({ resumable: resumableFor(count) });
    context.background(async () => {
      await sendAll(sink, makeItems(count));
      await empty.read();
    });
    return sink;
  });
  server.handle(UPLOAD, (_context, name, count, items) =>
    readings.read(name, count, singles(items)),
  );
}

/** Sends the items, and waits until the reader has taken the end behind them. */
export async function sendAll(sink: Sink<[Item]>, items: Iterable<Item>): Promise<void> {
  for (const item of items) await sink.send(item);
  await sink.closeAndConfirm();
}

/** The items of a stream whose messages are tuples of one. */
export async function* singles(messages: Source<[Item]>): AsyncGenerator<Item, void, undefined> {
  for await (const [item] of messages) yield item;
}
