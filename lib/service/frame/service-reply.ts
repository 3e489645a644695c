import type { CallContext } from '../context/call-context.ts';
import type { RequestEnvelope } from './envelope.ts';

/** A method's result, with the call that it answers. Its serializer writes both. */
export class ServiceReply {
  readonly value: unknown;
  /** Undefined if the method has no context. */
  readonly context: CallContext | undefined;
  /** The envelope that came with the arguments. */
  readonly request: RequestEnvelope | undefined;

  constructor(
    value: unknown,
    context: CallContext | undefined,
    request: RequestEnvelope | undefined,
  ) {
    this.value = value;
    this.context = context;
    this.request = request;
  }
}
