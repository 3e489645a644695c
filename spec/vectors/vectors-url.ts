import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where a file of vectors is: in the source tree, as the compiler copies no JSON. */
export function vectorsUrl(file: string): URL {
  return new URL(`spec/vectors/${file}`, packageRoot());
}

function packageRoot(): URL {
  let folder = new URL('.', import.meta.url);
  while (!existsSync(fileURLToPath(new URL('package.json', folder)))) {
    folder = new URL('..', folder);
  }
  return folder;
}
