import type { Serializer } from '../../serializer/serializer.ts';
import type { Metadata } from '../../types/value-stream.ts';
import type { Signature, Verb } from '../../verb/verb.ts';
import { type RequestEnvelope, requestEnvelope } from './envelope.ts';

/** The serializer of a service's arguments takes the envelope first. */
function metadataOf([envelope]: unknown[]): Metadata | undefined {
  return (envelope as RequestEnvelope | undefined)?.metadata;
}

/** A lane is offered on one connection only. Without the offer the stream is opened as any other. */
function argsElsewhere([envelope, args]: unknown[]): unknown[] {
  const { metadata, offer, streamTimeoutMs } = (envelope ?? {}) as RequestEnvelope;
  if (offer === undefined) return [envelope, args];
  return [requestEnvelope(metadata, undefined, streamTimeoutMs), args];
}

/**
 * The verb behind a method. It is like a user's verb, with additions that calls of services need.
 */
export function serviceVerb(
  name: string,
  number: bigint,
  args: Serializer,
  result: Serializer,
): Verb<Signature> {
  return Object.freeze({
    number,
    args,
    result,
    isNoWait: false,
    name,
    isOnce: false,
    needsExtension: true,
    metadataOf,
    argsElsewhere,
  });
}
