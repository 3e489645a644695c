import { type Client, stream } from '../../lib/index.ts';
import type { Entry } from './entry.ts';
import type { Progress } from './progress.ts';
import { type Applied, ENTRIES, REPLICA, type Replica } from './protocol.ts';
import type { Store } from './store.ts';

/** Bytes that may be sent and not stored by the replica. */
const WINDOW_BYTES = 4 * 1024 * 1024;

/** How the entries have arrived. */
export interface Arrival {
  /** Entries that were sent again, because a cut took them on the way. */
  readonly resent: number;
  /** Entries that the replica has never got. */
  readonly lost: number;
  /** Entries that the replica has got more than once. */
  readonly twice: number;
}

/** Sends all that is in the store, and resolves when the replica has stored it. */
export async function sendStore(
  client: Client,
  store: Store,
  progress: Progress,
): Promise<Arrival> {
  const entries = stream(readEntries(store, progress), {
    serializer: ENTRIES,
    resumable: { windowBytes: WINDOW_BYTES },
  });
  const applied = await client.api<Replica>(REPLICA).replicate(entries);
  let last: Applied | undefined;
  for await (last of applied) {
    progress.reach(last);
    progress.replica = last;
    progress.resent = entries.resentItems;
  }
  const { items, twice } = last ?? { items: 0, twice: 0 };
  return { resent: entries.resentItems, lost: store.items - (items - twice), twice };
}

/** The next entry is asked for when there is room in the window: until then the network is waited for. */
async function* readEntries(
  store: Store,
  { sender }: Progress,
): AsyncGenerator<Entry, void, undefined> {
  await using reader = store.read();
  for (let batch; (batch = await sender.for('disk', reader.readBatch()));) {
    for (const entry of batch) {
      sender.begin('network');
      yield entry;
      sender.end();
    }
  }
}
