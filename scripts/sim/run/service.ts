import {
  callContext,
  type LocalStream,
  type RemoteStream,
  type Server,
  stream,
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
  UpOperation,
} from '../plan/plan.ts';
import { isStranger, NO_OPERATION } from './damaged-name.ts';
import {
  consume,
  itemsIn,
  produce,
  produced,
  type Readable,
  sleepUnless,
  streamOptions,
} from './flow.ts';
import { isRightItem, itemOf, layoutOf, type SentItem, toSent } from './item.ts';
import { isMetadataOf } from './metadata.ts';
import { type OperationRecorder, type Recorder, seenError } from './recorder.ts';
import { serveVerbs } from './verbs.ts';

/** A call whose bytes were damaged may ask for years of work. */
const MAX_WORK_MS = 1_000;
/** One that listens works no longer than this. */
const MAX_LISTENING_MS = 900_000;
/** A call is over at the server so soon after its method has ended. */
const REPLY_MS = 1_000;

/** The service that all operations of plans call. */
export interface WorldService {
  echo(operation: EchoOperation, pad: Uint8Array): Promise<Answer>;
  /** The same, and its reply is kept until the caller has it. */
  echoOnce(operation: EchoOperation, pad: Uint8Array): Promise<Answer>;
  down(operation: DownOperation): AsyncIterable<SentItem>;
  up(operation: UpOperation, items: AsyncIterable<SentItem>): Promise<number>;
  both(operation: BothOperation, items: AsyncIterable<SentItem>): AsyncIterable<SentItem>;
  nested(operation: NestedOperation): AsyncIterable<Row>;
  blob(
    operation: BlobOperation,
    sent: AsyncIterable<Uint8Array>,
  ): Promise<AsyncIterable<Uint8Array>>;
  /** Begins to read all streams, and gives them up before an item has come. For hostile clients. */
  glance(streams: readonly RemoteStream<SentItem>[]): Promise<void>;
}

/** The answer to a call without streams. */
export interface Answer {
  readonly id: number;
  readonly pad: Uint8Array;
}

/** A row of a nested stream. */
export interface Row {
  readonly row: number;
  readonly cells: LocalStream<SentItem>;
}

/** Serves the operations of plans. */
export function serve(server: Server, running: NodeProcess, recorder: Recorder): void {
  const methods = { echoOnce: { once: true } };
  server.expose('world', makeService(running, recorder), { methods });
  serveVerbs(server, (operation) => ran(recorder, running, operation));
}

function makeService(running: NodeProcess, recorder: Recorder): WorldService {
  return {
    echo: (operation, pad) => echo(served(recorder, running, operation.id), operation, pad),

    echoOnce: (operation, pad) => echo(served(recorder, running, operation.id), operation, pad),

    down({ id, flow }: DownOperation) {
      return produced(served(recorder, running, id), 'down', flow);
    },

    async up({ id, flow }: UpOperation, items: AsyncIterable<SentItem>) {
      const own = served(recorder, running, id);
      try {
        return await consume(own, 'up', flow, items);
      } finally {
        own.add('done');
      }
    },

    both({ id, flow }: BothOperation, items: AsyncIterable<SentItem>) {
      const own = served(recorder, running, id);
      if (flow.resumable === undefined && layoutOf(flow) === undefined)
        return giveBack(own, items, flow);
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

    async glance(streams: readonly RemoteStream<SentItem>[]) {
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
  flow: Flow,
): AsyncGenerator<SentItem, void, undefined> {
  const { itemBytes: bytes, resumable, reading } = flow;
  let isOver = false;
  const isManual = resumable?.isManual === true;
  if (isManual) items.ack = 'manual';
  try {
    let count = 0;
    for await (const sent of itemsIn(own, 'up', flow, items)) {
      const item = itemOf(sent);
      const isRight = isRightItem(item, own.operation, 'up', bytes);
      own.add('got', { stream: 'up', index: item.index, isRight });
      own.add('pulled', { stream: 'down', index: item.index });
      count++;
      // Large bytes are not copied when they are sent, and borrowed ones change.
      const pad = reading === undefined ? item.pad : Uint8Array.from(item.pad);
      yield toSent({ ...item, pad, stream: 'down' }, layoutOf(flow));
      if (isManual) items.acknowledge?.(reading === undefined ? undefined : count);
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
