import { type Item, resumableFor } from './items.ts';
import { DOWNLOAD, sendAll, singles, UPLOAD } from './proof-verbs.ts';
import { type Transfers, unlessLost } from './transfers.ts';

/** Streams of verbs. */
export const VERB_TRANSFERS: Transfers = {
  async download(client, count) {
    const empty = await client.makeStreamSink<[]>({ resumable: true });
    const items = await client.call(DOWNLOAD, count, empty);
    await empty.close();
    return singles(items);
  },

  async upload(client, name, count, items) {
    const sink = await client.makeStreamSink<[Item]>({ resumable: resumableFor(count) });
    const called = unlessLost(client.call(UPLOAD, name, count, sink));
    await Promise.all([called, sendAll(sink, items)]);
  },
};
