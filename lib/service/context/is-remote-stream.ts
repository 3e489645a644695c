import type { RemoteStream } from '../../types/value-stream.ts';

/** Whether the value is a stream that the other side has offered. */
export function isRemoteStream(value: unknown): value is RemoteStream<unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    '~stream' in value &&
    value['~stream'] === 'remote'
  );
}
