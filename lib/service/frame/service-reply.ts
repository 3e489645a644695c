import type { CallContext } from '../context/call-context.ts';
import type { RequestEnvelope } from './envelope.ts';

/** What a method answers, with the call that it answers; its serializer writes both. */
export class ServiceReply {
  readonly value: unknown;
  /** Undefined where the method has none. */
  readonly context: CallContext | undefined;
  /** What came with the arguments. */
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
