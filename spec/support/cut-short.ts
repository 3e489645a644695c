import { type Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

import { turns, until } from './turns.ts';

/** How a pipeline ended whose Readable was destroyed while it waited for its second item. */
export async function cutShort(
  readable: Readable,
): Promise<{ code: unknown; items: unknown[]; isFinished: boolean }> {
  const items: unknown[] = [];
  let isFinished = false;
  const writable = new Writable({
    objectMode: true,
    write(item, _encoding, done) {
      items.push(item);
      done();
    },
    final(done) {
      isFinished = true;
      done();
    },
  });
  const piped = pipeline(readable, writable).then(
    () => undefined,
    (error: { readonly code?: unknown }) => error.code,
  );
  await until(() => items.length === 1);
  await turns(5);
  readable.destroy();
  return { code: await piped, items, isFinished };
}
