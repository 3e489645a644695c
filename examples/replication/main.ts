import { deepEqual, equal } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from 'sluice';

import type { Log } from './log.ts';
import { ended, lineOf, start } from './processes.ts';

const ENTRIES = 1_200;
const AT_ONCE = 100;

const folder = await mkdtemp(join(tmpdir(), 'replication-'));
const [fileOfA, fileOfB] = [join(folder, 'a.log'), join(folder, 'b.log')];

const leader = start('leader.js');
const port = await lineOf(leader);
const a = start('follower.js', 'a', port, fileOfA);
let b = start('follower.js', 'b', port, fileOfB);

const client = await connect({ host: '127.0.0.1', port: Number(port) });
const log = client.api<Log>('log');

/** Several appends are under way at a time. */
async function write(from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += AT_ONCE) {
    const keys = Array.from({ length: AT_ONCE }, (_, offset) => at + offset);
    await Promise.all(keys.map((key) => log.append(`key ${key}`, 'v'.repeat(key % 200))));
  }
}

await write(0, ENTRIES / 3);
await log.whenStored(1, 2);
b.kill('SIGKILL');
equal(await ended(b), 'SIGKILL');
await write(ENTRIES / 3, (2 * ENTRIES) / 3);
b = start('follower.js', 'b', port, fileOfB);
await write((2 * ENTRIES) / 3, ENTRIES);

await log.whenStored(ENTRIES, 2);
const digest = await log.digest();
equal(digest.entries, ENTRIES);
await client.close();
leader.kill('SIGTERM');
deepEqual(await Promise.all([leader, a, b].map(ended)), [0, 0, 0]);

for (const file of [fileOfA, fileOfB]) {
  const sha256 = createHash('sha256')
    .update(await readFile(file))
    .digest('hex');
  equal(sha256, digest.sha256, `${file} differs from the leader's log`);
}
await rm(folder, { recursive: true });
console.log(
  `replication: both followers have the leader's ${ENTRIES} entries, one of them after a crash`,
);
