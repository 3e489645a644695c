import { SEASTAR_COMPATIBILITY } from '../settings/compatibility.ts';
import type { StreamOptions } from '../types/value-stream.ts';
import type { ClientOptions } from './client-options.ts';
import type { ServerOptions } from './server-options.ts';

/** Bytes of a stream that may wait in either direction. Source: `rpc.hh`, `max_stream_buffers_memory`. */
const STREAM_BUFFER_BYTES = 102_400;
/** Messages of a stream that may wait to be read. Source: `rpc.hh`, `max_queued_stream_buffers`. */
const STREAM_BUFFER_MESSAGES = 50;

const COMMON = Object.freeze({
  extension: false,
  compatibility: SEASTAR_COMPATIBILITY,
  limits: Object.freeze({
    sinkBudgetBytes: STREAM_BUFFER_BYTES,
    sourceBudgetBytes: STREAM_BUFFER_BYTES,
    sourceBudgetMessages: STREAM_BUFFER_MESSAGES,
    maxErrorTextBytes: Infinity,
  }),
});

/**
 * Options that make this library behave as Seastar's own RPC does. Spread them into the options of
 * `connect` and `listen`. The rules that security needs stay: random ids, lengths that are judged,
 * exact sizes.
 */
export const seastar: {
  readonly client: Partial<ClientOptions>;
  readonly server: Partial<ServerOptions>;
} = Object.freeze({
  client: Object.freeze({ ...COMMON, reconnect: false }),
  server: Object.freeze({
    ...COMMON,
    resources: Object.freeze({
      memoryWaitMs: Infinity,
      maxConnectionMemoryBytes: Infinity,
      arrivalTimeoutMs: Infinity,
    }),
  }),
});

/**
 * Options of `stream` that make a stream in a value as ActualLab's `RpcStream` is: resumable, with at
 * most 61 items that are sent and not acknowledged, an acknowledgement after 30 of them, and batches
 * of up to 64. Over long ways so few small items are slower than the default window of bytes. Source:
 * the defaults of ActualLab's `RpcStream`.
 */
export const actuallab: StreamOptions<unknown> = Object.freeze({
  batchSize: 64,
  resumable: Object.freeze({ ackPeriod: 30, bufferSize: 61 }),
});
