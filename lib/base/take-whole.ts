import type { ReceivedBytes } from './received-bytes.ts';

/** Appends what it makes of the messages that lie whole at the front, of at most `maxBytes` each. */
export type TakeWhole<M> = (bytes: ReceivedBytes, maxBytes: number, into: M[]) => void;

/** Appends views of the messages. */
export const takeViews: TakeWhole<Buffer> = (bytes, maxBytes, into) => {
  for (let view; (view = bytes.takePrefixed(maxBytes)) !== undefined;) into.push(view);
};
