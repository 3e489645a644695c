import {
  type RemoteStream,
  stream as localStream,
  type StreamOptions,
} from '../../../lib/index.ts';
import type { NodeProcess } from '../../../lib/simulation/world/node.ts';
import type { Flow, ResumablePlan } from '../plan/plan.ts';
import {
  isRightItem,
  itemOf,
  layoutOf,
  makeItem,
  type SentItem,
  serializerOf,
  toSent,
} from './item.ts';
import { lentItems, type LendingSource } from './lent-items.ts';
import { type OperationRecorder, seenError } from './recorder.ts';

type SinkTerms = Pick<StreamOptions<SentItem>, 'resumable' | 'checksum' | 'serializer'>;

/** The producer of a stream. */
export async function* produce(
  recorder: OperationRecorder,
  stream: string,
  flow: Flow,
  signal?: AbortSignal,
): AsyncGenerator<SentItem, void, undefined> {
  const { items, itemBytes, gapMs, throwsAt, isBadAtEnd, quietMs } = flow;
  const layout = layoutOf(flow);
  try {
    for (let index = 0; index <= items; index++) {
      if (gapMs > 0) await recorder.running.sleep(gapMs);
      if (index === throwsAt) {
        recorder.add('thrown', { stream, index });
        throw new Error(`thrown at ${index}`);
      }
      if (index === items) break;
      recorder.add('pulled', { stream, index });
      yield toSent(makeItem(recorder.operation, stream, index, itemBytes), layout);
    }
    if (quietMs !== undefined) await sleepUnless(signal, recorder.running, quietMs);
  } finally {
    recorder.add('finally', { stream });
    // Users do this by mistake: it must harm nobody else.
    // oxlint-disable-next-line no-unsafe-finally
    if (isBadAtEnd === true) throw new Error('thrown at the end');
  }
}

/** As a user makes it: code that waits for long has to listen to the signal of its stream. */
export function produced(
  recorder: OperationRecorder,
  stream: string,
  flow: Flow,
): AsyncIterable<SentItem> {
  const { quietMs, resumable, skipTo } = flow;
  if ([quietMs, resumable, skipTo, layoutOf(flow)].every((term) => term === undefined)) {
    return produce(recorder, stream, flow);
  }
  const source = (signal: AbortSignal): AsyncIterable<SentItem> =>
    produce(recorder, stream, flow, signal);
  return localStream(source, streamOptions(flow));
}

/** The options of a sink, by the terms of its stream. */
export function sinkOptions(flow: Pick<Flow, 'resumable' | 'layout' | 'reading'>): SinkTerms {
  const serializer = serializerOf<SentItem>(layoutOf(flow));
  return { ...(serializer !== undefined && { serializer }), ...resumableOptions(flow.resumable) };
}

function resumableOptions(terms: ResumablePlan | undefined): SinkTerms {
  if (terms === undefined) return {};
  const { isManual, hasChecksum = false, ...window } = terms;
  return {
    resumable: { ...window, ack: isManual === true ? 'manual' : 'auto' },
    checksum: hasChecksum ? 'crc32' : 'none',
  };
}

/** The options of a stream, by its flow. */
export function streamOptions(flow: Flow): StreamOptions<SentItem> {
  const { skipTo } = flow;
  return {
    ...sinkOptions(flow),
    ...(skipTo !== undefined && {
      realTime: true,
      canSkipTo: (sent: SentItem) => itemOf(sent).index % skipTo === 0,
    }),
  };
}

/** Sleeps until the time has passed or the signal fires. */
export async function sleepUnless(
  signal: AbortSignal | undefined,
  running: NodeProcess,
  ms: number,
): Promise<void> {
  if (signal?.aborted === true) return;
  await new Promise<void>((resolve) => {
    const timer = running.clock.setTimeout(resolve, ms);
    const onAbort = (): void => {
      timer.cancel();
      resolve();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/** A stream as its reader has it. */
export interface Readable extends AsyncIterable<SentItem> {
  ack?: 'auto' | 'manual';
  acknowledge?(upTo?: number): void;
  readonly skipCount?: number;
  cancel?(reason?: unknown): void;
  /** Streams in values can be read item by item. */
  read?(): Promise<IteratorResult<SentItem, undefined>>;
  /** Its other ways to read. */
  lending?(): LendingSource;
}

/** The items of a stream, read in the way of its flow. */
export function itemsIn(
  own: OperationRecorder,
  stream: string,
  flow: Flow,
  source: Readable,
): AsyncIterable<SentItem> {
  if (flow.reading === undefined) return source;
  return lentItems({ own, stream, flow, source: source.lending?.() ?? lendingStream(source) });
}

function lendingStream(source: Readable): LendingSource {
  // All others are streams in values.
  const remote = source as unknown as RemoteStream<SentItem>;
  return {
    cancel: (reason) => remote.cancel(reason),
    readOwn: async (options) => (await remote.read(options)).value,
    readBatch: (options) => remote.readBatch(options),
    readInto: (buffer, options) => remote.readInto(buffer, options),
    borrowed: () => remote.borrowed(),
  };
}

/**
 * Reads a stream as its flow says. Returns the number of items.
 *
 * @throws the error of the stream.
 */
export async function consume(
  recorder: OperationRecorder,
  stream: string,
  flow: Flow,
  source: Readable,
): Promise<number> {
  const { breakAfter, readGapMs, stallMs, dropAfter, itemBytes, holdMs, isIgnored } = flow;
  if (isIgnored === true) return 0;
  const isManual = flow.resumable?.isManual === true;
  if (isManual) source.ack = 'manual';
  if (holdMs !== undefined) await recorder.running.sleep(holdMs);
  if (breakAfter === 0) {
    recorder.add('left', { stream });
    source.cancel?.('not wanted');
    return 0;
  }
  if (dropAfter !== undefined && '~stream' in source) {
    return takeAndDrop(recorder, stream, flow, source, dropAfter);
  }
  if (flow.isPaired === true && source.read !== undefined) {
    return takePairs(recorder, stream, flow, source.read.bind(source));
  }
  let count = 0;
  try {
    for await (const sent of itemsIn(recorder, stream, flow, source)) {
      const item = itemOf(sent);
      const isRight = isRightItem(item, recorder.operation, stream, itemBytes);
      const skipped = flow.skipTo === undefined ? {} : { value: source.skipCount };
      recorder.add('got', { stream, index: item.index, isRight, ...skipped });
      count++;
      // The others of its batch were not looked at yet.
      if (isManual) source.acknowledge?.(flow.reading === undefined ? undefined : count);
      if (readGapMs > 0) await recorder.running.sleep(readGapMs);
      if (count === 1 && stallMs !== undefined) await recorder.running.sleep(stallMs);
      if (count !== breakAfter) continue;
      recorder.add('left', { stream });
      return count;
    }
  } catch (error) {
    recorder.add('broken', { stream, error: seenError(error) });
    throw error;
  }
  recorder.add('over', { stream });
  return count;
}

/** Reads a few items, and lets the collector take the stream, or keeps it for ever. Returns the number of items. */
async function takeAndDrop(
  recorder: OperationRecorder,
  stream: string,
  { itemBytes, isHeld, reading }: Flow,
  source: Readable,
  dropAfter: number,
): Promise<number> {
  const isBorrowed = reading === 'borrowed' && source.lending === undefined;
  const read = isBorrowed ? lendingStream(source).borrowed() : source;
  const items = read[Symbol.asyncIterator]();
  for (let count = 0; count < dropAfter; count++) {
    const step = await items.next().catch((error: unknown) => {
      recorder.add('broken', { stream, error: seenError(error) });
      throw error;
    });
    if (step.done === true) {
      recorder.add('over', { stream });
      return count;
    }
    const item = itemOf(step.value);
    const isRight = isRightItem(item, recorder.operation, stream, itemBytes);
    recorder.add('got', { stream, index: item.index, isRight });
  }
  if (isHeld === true) {
    recorder.keep(source);
    return dropAfter;
  }
  recorder.add('left', { stream });
  recorder.running.collect(source);
  return dropAfter;
}

/** Reads two items at a time, to the end: two reads wait together. Returns the number of items. */
async function takePairs(
  recorder: OperationRecorder,
  stream: string,
  { itemBytes }: Flow,
  read: () => Promise<IteratorResult<SentItem, undefined>>,
): Promise<number> {
  let count = 0;
  try {
    for (;;) {
      const steps = await Promise.all([read(), read()]);
      for (const { done, value } of steps) {
        if (done === true) continue;
        const item = itemOf(value);
        const isRight = isRightItem(item, recorder.operation, stream, itemBytes);
        recorder.add('got', { stream, index: item.index, isRight });
        count++;
      }
      if (steps.some(({ done }) => done)) break;
    }
  } catch (error) {
    recorder.add('broken', { stream, error: seenError(error) });
    throw error;
  }
  recorder.add('over', { stream });
  return count;
}
