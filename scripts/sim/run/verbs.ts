import { type Server, type Sink, type Source, type Verb, verb } from '../../../lib/index.ts';
import type { Flow, PostOperation, VerbOperation } from '../plan/plan.ts';
import { consume, produce, type Readable, sinkOptions } from './flow.ts';
import type { SentItem } from './item.ts';
import type { LendingSource } from './lent-items.ts';
import type { OperationRecorder } from './recorder.ts';

/** The verb of streams towards the server. */
export const VERB_UP: Verb<(operation: VerbOperation, items: Source<[SentItem]>) => boolean> =
  verb(101);

/** The verb of streams from the server. */
export const VERB_DOWN: Verb<
  (operation: VerbOperation, input: Source<[SentItem]>) => Sink<[SentItem]>
> = verb(102);

/** The verb of calls without a reply. */
export const VERB_POST: Verb<(operation: PostOperation) => void> = verb(103, { noWait: true });

/** Serves the verbs of plans. @param begin - takes down that a handler has begun. */
export function serveVerbs(server: Server, begin: (operation: number) => OperationRecorder): void {
  server.handle(VERB_POST, (_, { id }) => void begin(id));
  server.handle(VERB_UP, (context, operation, source) => {
    const own = begin(operation.id);
    context.background(async () => {
      await consume(own, 'up', operation.flow, itemsOf(source)).catch(() => {});
    });
    return true;
  });
  server.handle(VERB_DOWN, (context, operation, input) => {
    const own = begin(operation.id);
    const sink = makeSink(input, operation.flow);
    // The caller only ends its direction, and somebody has to take the end.
    context.background(() =>
      input.read().then(
        () => {},
        () => {},
      ),
    );
    context.background(() => sendAll(sink, produce(own, 'down', operation.flow), operation.flow));
    return sink;
  });
}

/** A source that its reader leaves is canceled, as a user has to do. */
function makeSink(input: Source<[SentItem]>, flow: Flow): Sink<[SentItem]> {
  try {
    return input.makeSink<[SentItem]>(sinkOptions(flow));
  } catch (error) {
    input.cancel(error);
    throw error;
  }
}

/** Sends the items of a producer, and ends the stream as the producer ends. */
export async function sendAll(
  sink: Sink<[SentItem]>,
  items: AsyncIterable<SentItem>,
  { isTaken = false }: Pick<Flow, 'isTaken'>,
): Promise<void> {
  try {
    for await (const item of items) await sink.send(isTaken ? inMemoryOf(sink, item) : item);
    await sink.close();
  } catch (error) {
    sink.abort(error);
  }
}

/** The same item in memory that its sink uses again. */
function inMemoryOf(sink: Sink<[SentItem]>, item: SentItem): SentItem {
  if (!(item instanceof Uint8Array)) return item;
  const memory = sink.take(item.length);
  memory.set(item);
  return memory;
}

/** The items of a verb's source. Leaving it early cancels the source. */
export function itemsOf(source: Source<[SentItem]>): Readable {
  async function* unpack(): AsyncGenerator<SentItem, void, undefined> {
    for await (const [item] of source) yield item;
  }
  return {
    set ack(mode: 'auto' | 'manual') {
      source.ack = mode;
    },
    acknowledge: (upTo) => source.acknowledge(upTo),
    cancel: (reason) => source.cancel(reason),
    lending: () => lendingSource(source),
    [Symbol.asyncIterator]: unpack,
  };
}

function lendingSource(source: Source<[SentItem]>): LendingSource {
  return {
    cancel: (reason) => source.cancel(reason),
    readOwn: async (options) => (await source.read(options))?.[0],
    readBatch: async (options) => (await source.readBatch(options))?.map(([item]) => item),
    readInto: (buffer, options) => source.readInto(buffer, options),
    borrowed: () => source.borrowed(),
  };
}
