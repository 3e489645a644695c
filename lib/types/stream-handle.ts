/**
 * The property that marks our stream handles, so that a serializer recognizes them among plain
 * values.
 */
export const STREAM_HANDLE = '~stream';
