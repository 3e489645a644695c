import { connect, stream } from 'sluice';

import type { Log } from './log.ts';
import { Store } from './store.ts';

const [name = '', port = '', path = ''] = process.argv.slice(2);

const store = await Store.open(path);
const client = await connect({ host: '127.0.0.1', port: Number(port) });
const log = client.api<Log>('log');

// The leader ends the stream when it goes away. A lost connection is an error instead.
const counts = stream((signal) => store.counts(signal));
const entries = await log.follow(name, store.count, counts);
for (let batch; (batch = await entries.readBatch()) !== undefined;) await store.append(batch);

await client.close();
await store.close();
