import { expect } from 'chai';

import { ManualClock } from '../lib/base/manual-clock.ts';
import { connect } from '../lib/client.ts';
import { i32 } from '../lib/serializer/packed/integers.ts';
import { packed } from '../lib/serializer/packed/packed.ts';
import { sourceOf } from '../lib/serializer/packed/stream-member.ts';
import { listen } from '../lib/server.ts';
import { MemoryTransport } from '../lib/transport/memory-transport.ts';
import { verb } from '../lib/verb.ts';
import { hexDump } from './support/hex-dump.ts';
import { blocksOf } from './support/markdown-blocks.ts';
import { RecordingTransport } from './support/recording-transport.ts';
import type { Passing } from './support/tampered-transport.ts';

const PARENT_ID = 0x4f1a_22c0_9d3e_0001n;
const CHILD_ID = 0x7b60_5188_e2f4_0001n;

describe('PROTOCOL.md', () => {
  it('shows a whole conversation as two ends have it', async () => {
    const shown = blocksOf('PROTOCOL.md').find(({ name }) => name === 'conversation');
    expect(shown?.text).to.equal(dumpConversation(await converse()));
  });
});

/** A call that hands a stream over, one message on it, its end, and the goodbye. */
async function converse(): Promise<readonly Passing[]> {
  const clock = new ManualClock();
  const network = new RecordingTransport(new MemoryTransport({ clock }));
  const ids = [PARENT_ID, CHILD_ID];
  const random = { bytes: () => u64(ids.shift() ?? 0n) };
  const sum = verb(50, { args: packed(sourceOf(i32)), result: packed(i32) });

  const server = await listen({ host: '127.0.0.1', port: 7000, network, clock, random });
  server.handle(sum, async (_context, numbers) => {
    let total = 0;
    for await (const [number] of numbers) total += number;
    return total;
  });
  const client = await connect({ host: '127.0.0.1', port: 7000, network, clock });
  const sink = await client.makeStreamSink({ serializer: packed(i32) });
  const total = client.call(sum, sink);
  await sink.send(7);
  await sink.closeAndConfirm();
  await total;
  await client.close();
  await server.close();
  return network.records;
}

/** Who sends what where: > to the server, < to the client. */
function dumpConversation(records: readonly Passing[]): string {
  return records
    .map(({ connection, isToServer, bytes }) => {
      const where = connection === 0 ? 'main ' : 'child';
      return `${where} ${isToServer ? '>' : '<'} ${hexDump(bytes, [[bytes.length, '']])
        .split('\n')
        .map((line) => line.trimEnd())
        .join('\n        ')}`;
    })
    .join('\n');
}

function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}
