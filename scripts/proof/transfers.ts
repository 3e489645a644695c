import { type Client, isRpcError } from '../../lib/index.ts';
import type { Item } from './items.ts';

/** The kinds of resumable streams. */
export const STREAM_KINDS = ['values', 'verbs'] as const;

export type StreamKind = (typeof STREAM_KINDS)[number];

/** How items go from one process to the other, in streams of one kind. */
export interface Transfers {
  /** Asks for so many items. No connection is cut before the first of them has come. */
  download(client: Client, count: number): Promise<AsyncIterable<Item>>;
  /**
   * Sends so many items, for a reading of this name. Resolves once they are read. The reply may be lost,
   * but not before that.
   */
  upload(client: Client, name: string, count: number, items: Iterable<Item>): Promise<void>;
}

/** The result of a call, or undefined if the connection was lost before its reply had come. */
export async function unlessLost<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (isRpcError(error) && error.code === 'ERR_CLOSED') return undefined;
    throw error;
  }
}
