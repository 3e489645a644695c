import { stream } from '../../lib/index.ts';
import { resumableFor } from './items.ts';
import { proofApi } from './proof-service.ts';
import { type Transfers, unlessLost } from './transfers.ts';

/** Streams in the values of a service. */
export const VALUE_TRANSFERS: Transfers = {
  async download(client, count) {
    return await proofApi(client).download(count);
  },

  async upload(client, name, count, items) {
    const sent = stream(items, { resumable: resumableFor(count) });
    await unlessLost(proofApi(client).upload(name, count, sent));
  },
};
