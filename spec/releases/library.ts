import { existsSync } from 'node:fs';

import type * as Blob from '../../lib/blob.ts';
import type * as Compression from '../../lib/compression.ts';
import type * as Root from '../../lib/index.ts';
import type * as Layout from '../../lib/layout.ts';

/** Names of the library that a peer uses. Those of services are missing in 0.1.0. */
export type Library = Pick<
  typeof Root,
  'callContext' | 'connect' | 'listen' | 'seastar' | 'stream' | 'verb'
> &
  Pick<typeof Layout, 'i32' | 'packed' | 'raw' | 'sinkOf' | 'sourceOf' | 'string'> &
  Pick<typeof Compression, 'lz4'> &
  Pick<typeof Blob, 'blobOf' | 'receiveBytes'>;

/** The entry files; 0.1.0 has all its names in the first one. */
const ENTRIES = ['index.js', 'layout.js', 'compression.js', 'blob.js'];

/** Loads the library whose compiled files are below `url`. */
export async function loadLibrary(url: URL): Promise<Library> {
  const library = {};
  for (const entry of ENTRIES) {
    const file = new URL(entry, url);
    if (existsSync(file)) Object.assign(library, await import(file.href));
  }
  // Each peer uses only the names that its release has.
  return library as Library;
}

/** How a promise is settled, in values of JSON: by its value, or by the facts of its error. */
export async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return (await promise) ?? null;
  } catch (error) {
    return factsOf(error);
  }
}

/** An error by its name and the code that it has. */
export function factsOf(error: unknown): { name: unknown; code: unknown } {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return { name, code };
}
