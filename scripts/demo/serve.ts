import type { Server, Sink, Source } from '../../lib/index.ts';
import { digest } from './digest.ts';
import type { Entry } from './entry.ts';
import { type Applied, digestVerb, PROGRESS, replicateVerb } from './protocol.ts';
import type { Store } from './store.ts';
import { Waits } from './waits.ts';

/**
 * Serves a store as a replica.
 *
 * @param onFailure - told when the store fails, before the primary's stream does.
 */
export function serve(server: Server, store: Store, onFailure: (error: unknown) => void): void {
  server.handle(replicateVerb, (context, entries) => {
    const progress = entries.makeSink({ serializer: PROGRESS });
    // The handler answers at once; what it has started goes on, and is the server's to wait for.
    context.background(async () => {
      try {
        await apply(entries, store, progress);
      } catch (error) {
        onFailure(error);
        throw error;
      }
    });
    return progress;
  });

  server.handle(digestVerb, async () => {
    const { hash, items, bytes } = await digest(store);
    return [hash, BigInt(items), BigInt(bytes)];
  });
}

/**
 * Stores what comes, in batches of what has arrived while the last one was written. While the disk is
 * busy nothing is read, so the stream fills up and the primary's `send` waits: that is all there is to
 * flow control.
 */
async function apply(entries: Source<Entry>, store: Store, progress: Sink<Applied>): Promise<void> {
  const waits = new Waits();
  for (let batch; (batch = await waits.for('network', entries.readBatch()));) {
    await waits.for('disk', store.write(batch));
    const { networkMs, diskMs } = waits.totals;
    await progress.send(BigInt(store.items), BigInt(store.bytes), networkMs, diskMs);
  }
  await progress.close();
}
