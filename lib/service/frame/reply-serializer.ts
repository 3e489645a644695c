import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import { resultToTuple, tupleToResult } from '../../verb/verb.ts';
import { splitEnvelope, writeEnvelope } from './envelope-frame.ts';
import { decodeReplyEnvelope, encodeReplyEnvelope, type ReplyEnvelope } from './envelope.ts';
import { isAsyncIterable } from '../context/is-async-iterable.ts';
import { NO_METADATA } from '../context/metadata.ts';
import { ReplyHandles } from './reply-handles.ts';
import { ServiceReply } from './service-reply.ts';

/** A result, with its headers and trailers. */
export interface ReceivedReply extends ReplyEnvelope {
  readonly value: unknown;
}

/**
 * The reply of a service call: an envelope and the result, which the connection's serializer
 * writes.
 */
export class ReplySerializer implements Serializer<unknown[]> {
  readonly name = 'service-reply';
  readonly #inner: Serializer;
  readonly #maxMetadataBytes: number | undefined;

  /**
   * @param maxMetadataBytes - reads replies as {@link ReceivedReply}, with metadata up to that
   * size. Undefined reads the bare result, and skips the envelope.
   */
  constructor(inner: Serializer, maxMetadataBytes?: number) {
    this.#inner = inner;
    this.#maxMetadataBytes = maxMetadataBytes;
  }

  /** Takes a {@link ServiceReply}, or the bare result. */
  encode([result]: unknown[], out: ByteWriter, handles: StreamHandles): void {
    if (result instanceof ServiceReply) {
      this.#encodeReply(result, out, handles);
      return;
    }
    writeEnvelope(out, undefined);
    this.#inner.encode(resultToTuple(this.#inner, result), out, handles);
  }

  decode(bytes: Buffer, handles: StreamHandles): [unknown] {
    const { envelope, tuple } = splitEnvelope(bytes);
    const value = tupleToResult(this.#inner, this.#inner.decode(tuple, handles));
    if (this.#maxMetadataBytes === undefined) return [value];
    return [{ ...readEnvelope(envelope, this.#maxMetadataBytes), value }];
  }

  streamsIn([result]: unknown[]): readonly object[] {
    const value = result instanceof ServiceReply ? result.value : result;
    return this.#inner.streamsIn?.(resultToTuple(this.#inner, value)) ?? [];
  }

  #encodeReply(reply: ServiceReply, out: ByteWriter, handles: StreamHandles): void {
    const { context, value } = reply;
    // The headers and trailers of a stream are sent on the stream's own connection, ahead of its
    // items and behind them.
    const isAnswer = context !== undefined && !isAsyncIterable(value);
    writeEnvelope(out, isAnswer ? encodeReplyEnvelope(context.takeAll()) : undefined);
    const isLeaf = typeof value !== 'object' || value === null;
    const ownHandles = isLeaf ? handles : new ReplyHandles(handles, reply);
    this.#inner.encode(resultToTuple(this.#inner, value), out, ownHandles);
  }
}

function readEnvelope(bytes: Buffer | undefined, maxMetadataBytes: number): ReplyEnvelope {
  if (bytes !== undefined) return decodeReplyEnvelope(bytes, maxMetadataBytes);
  return { headers: NO_METADATA, trailers: NO_METADATA };
}
