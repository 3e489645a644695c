import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import { splitEnvelope, writeEnvelope } from './envelope-frame.ts';
import { decodeRequestEnvelope, encodeRequestEnvelope, type RequestEnvelope } from './envelope.ts';

/** The tuple that a service call's verb takes: the envelope, if there is one, and the arguments. */
export type RequestTuple = [envelope: RequestEnvelope | undefined, args: unknown[]];

/**
 * The request of a service call: an envelope and the arguments, which the connection's serializer
 * writes.
 */
export class RequestSerializer implements Serializer<RequestTuple> {
  readonly name = 'service-request';
  readonly #inner: Serializer;
  readonly #maxMetadataBytes: number;

  constructor(inner: Serializer, maxMetadataBytes: number) {
    this.#inner = inner;
    this.#maxMetadataBytes = maxMetadataBytes;
  }

  encode([envelope, args]: RequestTuple, out: ByteWriter, handles: StreamHandles): void {
    writeEnvelope(out, envelope && encodeRequestEnvelope(envelope));
    this.#inner.encode(args, out, handles);
  }

  decode(bytes: Buffer, handles: StreamHandles): RequestTuple {
    const { envelope, tuple } = splitEnvelope(bytes);
    return [
      envelope && decodeRequestEnvelope(envelope, this.#maxMetadataBytes),
      this.#inner.decode(tuple, handles),
    ];
  }

  streamsIn([, args]: RequestTuple): readonly object[] {
    return this.#inner.streamsIn?.(args) ?? [];
  }
}
