import { MisuseError } from '../../errors/errors.ts';

/**
 * The error if segments hold fewer bytes than were gathered: the memory of a payload that was taken
 * by reference is gone. The peer would take the bytes after them for the missing ones.
 */
export function lostBytes(
  segments: readonly Uint8Array[],
  gatheredBytes: number,
): MisuseError | undefined {
  let bytes = 0;
  for (const segment of segments) bytes += segment.length;
  if (bytes === gatheredBytes) return undefined;
  const problem = 'a large payload lost its memory between being sent and being written';
  return new MisuseError(problem, 'connection');
}
