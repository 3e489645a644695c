import type { Client, Sink, Source } from '../../lib/index.ts';
import type { Entry } from './entry.ts';
import type { Progress } from './progress.ts';
import { type Applied, ENTRIES, replicateVerb } from './protocol.ts';
import type { Store } from './store.ts';

/** Sends all that is in the store, and resolves when the replica has stored it. */
export async function sendStore(client: Client, store: Store, progress: Progress): Promise<void> {
  // A sink that is not closed when it is disposed of is aborted: the replica never takes half for all.
  await using sink = await client.makeStreamSink({ serializer: ENTRIES });
  const applied = await client.call(replicateVerb, sink);
  await Promise.all([sendEntries(store, sink, progress), follow(applied, progress)]);
}

/** `send` waits while the replica's disk is slower than ours: no more than a budget is ever under way. */
async function sendEntries(store: Store, sink: Sink<Entry>, { sender }: Progress): Promise<void> {
  await using reader = store.read();
  for (let batch; (batch = await sender.for('disk', reader.readBatch()));) {
    for (const [key, value] of batch) await sender.for('network', sink.send(key, value));
  }
  await sender.for('network', sink.closeAndConfirm());
}

async function follow(applied: Source<Applied>, progress: Progress): Promise<void> {
  for await (const [items, bytes, networkMs, diskMs] of applied) {
    progress.reach({ items: Number(items), bytes: Number(bytes) });
    progress.replica = { networkMs, diskMs };
  }
}
