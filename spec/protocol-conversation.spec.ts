import { expect } from 'chai';

import { ManualClock } from '../lib/simulation/manual-clock.ts';
import { connect } from '../lib/api/client.ts';
import { i32 } from '../lib/serializer/types/integers.ts';
import { packed } from '../lib/serializer/packed/packed.ts';
import { sourceOf } from '../lib/serializer/types/stream-member.ts';
import { listen } from '../lib/api/server.ts';
import { MemoryTransport } from '../lib/transport/memory/transport.ts';
import { verb } from '../lib/verb/verb.ts';
import { EXAMPLE_NONCES, EXAMPLE_SECRET, EXAMPLE_SESSION } from './support/example-session.ts';
import { hexDump } from './support/hex-dump.ts';
import { blocksOf } from './support/markdown-blocks.ts';
import { RecordingTransport } from './support/recording-transport.ts';
import { readExtensionVectors } from './vectors/extension-vectors.ts';
import { type Step, stepsOf } from './vectors/steps.ts';

const PARENT_ID = 0x4f1a_22c0_9d3e_0001n;
const CHILD_ID = 0x7b60_5188_e2f4_0001n;

/** What the main connection's ends say first, which is not shown again. */
const NEGOTIATION_EVENTS = 2;

describe('PROTOCOL.md', () => {
  it('shows a whole conversation as two ends have it', async () => {
    expect(shown('conversation')).to.equal(dumpConversation(await converse()));
  });

  it('shows a service call with a stream as it was recorded', () => {
    expect(shown('service-conversation')).to.equal(dumpConversation(recorded('service-streams')));
  });
});

function shown(block: string): string | undefined {
  return blocksOf('PROTOCOL.md').find(({ name }) => name === block)?.text;
}

/** What passed behind the negotiation. */
function recorded(scenario: string): Step[] {
  const found = readExtensionVectors(2).conversations.find(({ name }) => name === scenario);
  if (found === undefined) throw new Error(`there is no recording of ${scenario}`);
  return stepsOf(found)
    .slice(NEGOTIATION_EVENTS)
    .filter(({ isFin }) => !isFin);
}

/** A call that hands a stream over, one message on it, its end, and the goodbye. */
async function converse(): Promise<Said[]> {
  const clock = new ManualClock();
  const network = new RecordingTransport(new MemoryTransport({ clock }));
  const given = [u64(PARENT_ID), EXAMPLE_SESSION.id, EXAMPLE_SECRET, u64(CHILD_ID)];
  const random = { bytes: () => given.shift() ?? Buffer.alloc(0) };
  const sum = verb(50, { args: packed(sourceOf(i32)), result: packed(i32) });

  const server = await listen({ host: '127.0.0.1', port: 7000, network, clock, random });
  server.handle(sum, async (_context, numbers) => {
    let total = 0;
    for await (const [number] of numbers) total += number;
    return total;
  });
  const client = await connect({
    host: '127.0.0.1',
    port: 7000,
    network,
    clock,
    random: EXAMPLE_NONCES,
  });
  const sink = await client.makeStreamSink({ serializer: packed(i32) });
  const total = client.call(sum, sink);
  await sink.send(7);
  await sink.closeAndConfirm();
  await total;
  await client.close();
  await server.close();
  return network.records.map(({ connection, isToServer, bytes }) => ({
    connection: connection + 1,
    direction: isToServer ? 'c2s' : 's2c',
    bytes,
  }));
}

/** What one side has said in one go. */
type Said = Pick<Step, 'connection' | 'direction' | 'bytes'>;

/** Who sends what where: > to the server, < to the client. */
function dumpConversation(said: readonly Said[]): string {
  return said
    .map(({ connection, direction, bytes }) => {
      const where = connection === 1 ? 'main ' : 'child';
      return `${where} ${direction === 'c2s' ? '>' : '<'} ${hexDump(bytes, [[bytes.length, '']])
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
