import { nestContexts } from '../../base/async-context.ts';
import type { Serializer, StreamHandles } from '../../serializer/serializer.ts';
import { LocalValueStream, withHooks } from '../../stream/value/local-value-stream.ts';
import { encodeMetadata } from '../../document/metadata-document.ts';
import type { ProducedHooks } from '../../stream/value/produced-hooks.ts';
import { runInCall } from '../context/current-call.ts';
import type { ServiceReply } from './service-reply.ts';

/**
 * The streams in a method's result. Their items are made within the call, so that the code behind
 * them finds its context. If the result itself is a stream, it carries headers and trailers.
 */
export class ReplyHandles implements StreamHandles {
  readonly #inner: StreamHandles;
  readonly #reply: ServiceReply;

  constructor(inner: StreamHandles, reply: ServiceReply) {
    this.#inner = inner;
    this.#reply = reply;
  }

  describe(
    handle: object,
    declared?: Serializer,
  ): { readonly id: bigint; readonly serializer: string } {
    return this.#inner.describe(handle, declared);
  }

  resolve(id: bigint, serializer: Serializer | undefined): object {
    return this.#inner.resolve(id, serializer);
  }

  serializerNamed(name: string, own: Serializer): Serializer {
    return this.#inner.serializerNamed(name, own);
  }

  offer(stream: object): { readonly number: number; readonly serializer: string } {
    return this.#inner.offer(withHooks(stream, this.#hooksFor(stream)));
  }

  accept(number: number, serializer: Serializer): object {
    return this.#inner.accept(number, serializer);
  }

  #hooksFor(stream: object): ProducedHooks {
    const { context, request, value } = this.#reply;
    const inCall = context && ((work: () => void) => runInCall(context, work));
    // One that was made by `stream` knows its place better.
    const hasOwn = stream instanceof LocalValueStream && stream.hooks.run !== undefined;
    const run = hasOwn ? inCall : nestContexts(context?.run, inCall);
    const streamTimeoutMs = request?.streamTimeoutMs;
    if (stream !== value) return { run, streamTimeoutMs };
    return {
      run,
      headers: context && (() => encodeMetadata(context.takeHeaders())),
      trailers: context && (() => encodeMetadata(context.takeTrailers())),
      streamTimeoutMs,
      offer: request?.offer,
    };
  }
}
