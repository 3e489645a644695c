import {
  callContext,
  type LocalStream,
  type RemoteStream,
  type Server,
  type Sink,
  type Source,
  stream,
  type Verb,
  verb,
} from '../../../lib/index.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import { blobOf, receiveBytes } from '../../../lib/blob.ts';
import type {
  BlobOperation,
  BothOperation,
  DownOperation,
  EchoOperation,
  Flow,
  NestedOperation,
  PostOperation,
  UpOperation,
  VerbOperation,
} from '../plan/plan.ts';
import { isStranger, NO_OPERATION } from './damaged-name.ts';
import {
  consume,
  isRightItem,
  type Item,
  produce,
  produced,
  type Readable,
  sinkOptions,
  sleepUnless,
  streamOptions,
} from './flow.ts';
import { isMetadataOf } from './metadata.ts';
import { type OperationRecorder, type Recorder, seenError } from './recorder.ts';

/** A call whose bytes were damaged may ask for years of work. */
const MAX_WORK_MS = 1_000;
/** One that listens works no longer than this. */
const MAX_LISTENING_MS = 900_000;
/** A call is over at the server so soon after its method has ended. */
const REPLY_MS = 1_000;

/** The verb of streams towards the server. */
export const VERB_UP: Verb<(operation: VerbOperation, items: Source<[Item]>) => boolean> =
  verb(101);

/** The verb of streams from the server. */
export const VERB_DOWN: Verb<(operation: VerbOperation, input: Source<[Item]>) => Sink<[Item]>> =
  verb(102);

/** The verb of calls without a reply. */
export const VERB_POST: Verb<(operation: PostOperation) => void> = verb(103, { noWait: true });

/** The service that all operations of plans call. */
export interface WorldService {
  echo(operation: EchoOperation, pad: Uint8Array): Promise<Answer>;
  /** The same, and its reply is kept until the caller has it. */
  echoOnce(operation: EchoOperation, pad: Uint8Array): Promise<Answer>;
  down(operation: DownOperation): AsyncIterable<Item>;
  up(operation: UpOperation, items: AsyncIterable<Item>): Promise<number>;
  both(operation: BothOperation, items: AsyncIterable<Item>): AsyncIterable<Item>;
  nested(operation: NestedOperation): AsyncIterable<Row>;
  blob(
    operation: BlobOperation,
    sent: AsyncIterable<Uint8Array>,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Begins to read all streams, and gives them up before an item has come. For hostile clients. */
  glance(streams: readonly RemoteStream<Item>[]): Promise<void>;
}

/** The answer to a call without streams. */
export interface Answer {
  readonly id: number;
  readonly pad: Uint8Array;
}

/** A row of a nested stream. */
export interface Row {
  readonly row: number;
  readonly cells: LocalStream<Item>;
}

/** Serves the operations of plans. */
export function serve(server: Server, running: NodeProcess, recorder: Recorder): void {
  const methods = { echoOnce: { once: true } };
  server.expose('world', makeService(running, recorder), { methods });
  server.handle(VERB_POST, (_, { id }) => void ran(recorder, running, id));
  server.handle(VERB_UP, (context, operation, source) => {
    const own = ran(recorder, running, operation.id);
    context.background(async () => {
      await consume(own, 'up', operation.flow, itemsOf(source)).catch(() => {});
    });
    return true;
  });
  server.handle(VERB_DOWN, (context, operation, input) => {
    const own = ran(recorder, running, operation.id);
    const sink = makeSink(input, operation.flow);
    // The caller only ends its direction, and somebody has to take the end.
    context.background(() =>
      input.read().then(
        () => {},
        () => {},
      ),
    );
    context.background(() => sendAll(sink, produce(own, 'down', operation.flow)));
    return sink;
  });
}

function makeService(running: NodeProcess, recorder: Recorder): WorldService {
  return {
    echo: (operation, pad) => echo(served(recorder, running, operation.id), operation, pad),

    echoOnce: (operation, pad) => echo(served(recorder, running, operation.id), operation, pad),

    down({ id, flow }: DownOperation) {
      return produced(served(recorder, running, id), 'down', flow);
    },

    async up({ id, flow }: UpOperation, items: AsyncIterable<Item>) {
      const own = served(recorder, running, id);
      try {
        return await consume(own, 'up', flow, items);
      } finally {
        own.add('done');
      }
    },

    both({ id, flow }: BothOperation, items: AsyncIterable<Item>) {
      const own = served(recorder, running, id);
      if (flow.resumable === undefined) return giveBack(own, items, flow);
      return stream(() => giveBack(own, items, flow), streamOptions(flow));
    },

    nested(operation: NestedOperation) {
      const own = served(recorder, running, operation.id);
      if (operation.isResumable !== true) return makeRows(own, operation);
      return stream(() => makeRows(own, operation), { resumable: true });
    },

    async blob({ id, chunkBytes }: BlobOperation, sent: AsyncIterable<Uint8Array>) {
      const own = served(recorder, running, id);
      const { clock } = running;
      const options = { clock, checksum: 'sha256', expectedDigest: 'appended' } as const;
      const bytes = await receiveBytes(sent, options).finally(() => own.add('done'));
      return blobOf(bytes, { chunkBytes, clock, checksum: 'sha256', appendDigest: true });
    },

    async glance(streams: readonly RemoteStream<Item>[]) {
      const first = streams.map((items) => items[Symbol.asyncIterator]().next());
      for (const items of streams) items.cancel('not wanted any more');
      await Promise.allSettled(first);
    },
  };
}

async function echo(
  own: OperationRecorder,
  { id, workMs, isFailing, isListening }: EchoOperation,
  pad: Uint8Array,
): Promise<Answer> {
  if (isListening === true) await workAttentively(own, workMs);
  else if (workMs > 0) await own.running.sleep(Math.min(workMs, MAX_WORK_MS));
  watchSignal(own);
  own.add('done');
  if (isFailing === true) throw new Error(`echo ${own.operation} fails`);
  return { id, pad };
}

/** Works until the time has passed or nobody wants the result any more. */
async function workAttentively(own: OperationRecorder, workMs: number): Promise<void> {
  const { signal } = callContext();
  own.add('pulled', { stream: 'work', index: 0 });
  await sleepUnless(signal, own.running, Math.min(workMs, MAX_LISTENING_MS));
  own.add('finally', { stream: 'work' });
  signal.throwIfAborted();
}

/** A method that has ended has no signal any more that could wake anybody. */
function watchSignal(own: OperationRecorder): void {
  const { signal } = callContext();
  const { clock } = own.running;
  const endMs = clock.now();
  const onAbort = (): void => {
    if (clock.now() - endMs > REPLY_MS) own.add('woken');
  };
  signal.addEventListener('abort', onAbort, { once: true });
}

async function* giveBack(
  own: OperationRecorder,
  items: Readable,
  { itemBytes: bytes, resumable }: Flow,
): AsyncGenerator<Item, void, undefined> {
  let isOver = false;
  const isManual = resumable?.isManual === true;
  if (isManual) items.ack = 'manual';
  try {
    for await (const item of items) {
      const isRight = isRightItem(item, own.operation, 'up', bytes);
      own.add('got', { stream: 'up', index: item.index, isRight });
      own.add('pulled', { stream: 'down', index: item.index });
      yield { ...item, stream: 'down' };
      if (isManual) items.acknowledge?.();
    }
    own.add('over', { stream: 'up' });
    isOver = true;
  } catch (error) {
    if (!isOver) own.add('broken', { stream: 'up', error: seenError(error) });
    isOver = true;
    throw error;
  } finally {
    if (!isOver) own.add('left', { stream: 'up' });
    own.add('finally', { stream: 'down' });
  }
}

async function* makeRows(
  own: OperationRecorder,
  { rows, cells }: NestedOperation,
): AsyncGenerator<Row, void, undefined> {
  try {
    for (let row = 0; row < rows; row++) {
      own.add('pulled', { stream: 'rows', index: row });
      yield {
        row,
        cells: stream((signal) => produce(own, `row ${row}`, cells, signal), streamOptions(cells)),
      };
    }
  } finally {
    own.add('finally', { stream: 'rows' });
  }
}

/** A source that its reader leaves is canceled, as a user has to do. */
function makeSink(input: Source<[Item]>, { resumable }: Flow): Sink<[Item]> {
  try {
    return input.makeSink<[Item]>(sinkOptions(resumable));
  } catch (error) {
    input.cancel(error);
    throw error;
  }
}

/** A method has begun. It answers with the metadata that it got, and some watch their signal. */
function served(recorder: Recorder, running: NodeProcess, operation: number): OperationRecorder {
  const context = callContext();
  // The damaged bytes of a call may say any operation.
  const own = recorder.of(running, isStranger(context.peer.address) ? NO_OPERATION : operation);
  // A method goes other ways when nobody watches its signal.
  const isWatched = operation % 2 === 1;
  const isRight = isMetadataOf(operation, context.metadata);
  own.add('ran', { isRight, value: isWatched ? 'watched' : 'unwatched' });
  for (const [name, value] of Object.entries(context.metadata)) {
    context.setHeader(name, value);
    context.setTrailer(name, value);
  }
  if (isWatched) watch(context.signal, own);
  return own;
}

function watch(signal: AbortSignal, own: OperationRecorder): void {
  const tell = (): void => own.add('signaled', { error: seenError(signal.reason) });
  if (signal.aborted) tell();
  else signal.addEventListener('abort', tell, { once: true });
}

function ran(recorder: Recorder, running: NodeProcess, operation: number): OperationRecorder {
  const own = recorder.of(running, operation);
  own.add('ran');
  return own;
}

/** Sends the items of a producer, and ends the stream as the producer ends. */
export async function sendAll(sink: Sink<[Item]>, items: AsyncIterable<Item>): Promise<void> {
  try {
    for await (const item of items) await sink.send(item);
    await sink.close();
  } catch (error) {
    sink.abort(error);
  }
}

/** The items of a verb's source. Leaving it early cancels the source. */
export function itemsOf(source: Source<[Item]>): Readable {
  async function* unpack(): AsyncGenerator<Item, void, undefined> {
    for await (const [item] of source) yield item;
  }
  return {
    set ack(mode: 'auto' | 'manual') {
      source.ack = mode;
    },
    acknowledge: () => source.acknowledge(),
    cancel: (reason) => source.cancel(reason),
    [Symbol.asyncIterator]: unpack,
  };
}
