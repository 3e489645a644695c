import { type RemoteStream, type Server, stream } from '../../lib/index.ts';
import { digest } from './digest.ts';
import type { Entry } from './entry.ts';
import { type Applied, REPLICA, type Replica } from './protocol.ts';
import { Repetitions } from './repetitions.ts';
import type { Store } from './store.ts';
import { Waits } from './waits.ts';

/**
 * Serves a store as a replica.
 *
 * @param onFailure - told when the store fails, before the primary's stream does.
 */
export function serve(server: Server, store: Store, onFailure: (error: unknown) => void): void {
  const replica: Replica = {
    // What it tells goes on after a cut, too.
    replicate: (entries) => stream(apply(entries, store, onFailure), { resumable: true }),
    digest: async () => (await digest(store)).hash,
  };
  server.expose(REPLICA, replica, { methods: { digest: { idempotent: true } } });
}

/**
 * Stores what comes, in batches of what has arrived while the last one was written. Asking for the next
 * batch acknowledges the last one: the primary keeps an entry until it is on this disk. While the disk
 * is busy nothing is read, so the window fills up and the primary's source waits: that is all there is
 * to flow control.
 */
async function* apply(
  entries: RemoteStream<Entry>,
  store: Store,
  onFailure: (error: unknown) => void,
): AsyncGenerator<Applied, void, undefined> {
  const waits = new Waits();
  const repetitions = new Repetitions();
  for (let batch; (batch = await waits.for('network', entries.readBatch()));) {
    repetitions.look(batch);
    try {
      await waits.for('disk', store.write(batch));
    } catch (error) {
      onFailure(error);
      throw error;
    }
    const { items, bytes } = store;
    yield { items, bytes, ...waits.totals, twice: repetitions.count };
  }
}
