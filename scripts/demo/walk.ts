import { readdir } from 'node:fs/promises';

/** A file or symbolic link below a folder. */
export interface Found {
  /** Relative to the folder, as bytes: not every name on disk is text. */
  readonly path: Buffer;
  readonly isLink: boolean;
}

const SLASH = Buffer.from('/');

/** Finds the files and symbolic links below a folder. Links are not followed; pipes, sockets and devices are left out. */
export async function* walk(folder: Buffer, below?: Buffer): AsyncGenerator<Found> {
  const names = await readdir(below === undefined ? folder : joinPath(folder, below), {
    withFileTypes: true,
    encoding: 'buffer',
  });
  // In the order of their keys the entries are cheapest to store.
  names.sort((a, b) => Buffer.compare(a.name, b.name));
  for (const entry of names) {
    const path = below === undefined ? entry.name : joinPath(below, entry.name);
    if (entry.isDirectory()) yield* walk(folder, path);
    else if (entry.isFile()) yield { path, isLink: false };
    else if (entry.isSymbolicLink()) yield { path, isLink: true };
  }
}

/** Two paths of bytes, one below the other. */
export function joinPath(folder: Buffer, name: Buffer): Buffer {
  return Buffer.concat([folder, SLASH, name]);
}
