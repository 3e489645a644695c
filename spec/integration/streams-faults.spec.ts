import { expect } from 'chai';

import { ClosedError, type Sink, StreamClosedError } from '../../lib/index.ts';
import { type CompressorFactory, lz4 } from '../../lib/compression.ts';
import { ManualClock } from '../../lib/testing.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { raw } from '../../lib/layout.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { NO_FEATURES } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { expectAlive, MESSAGE, withRawStream } from '../support/raw-stream.ts';
import { rejectionOf } from '../support/rejection.ts';
import { turns } from '../support/turns.ts';
import { type Direction, drain, drainToError, Streams, type TwoWay } from '../support/streams.ts';
import type { ConnectionToxics } from '../support/toxics.ts';
import { memoryPair, withListening, withServer } from '../support/with-server.ts';

type Bytes = [Uint8Array];

const COMPRESSIONS: Readonly<Record<string, CompressorFactory | undefined>> = {
  'no compression': undefined,
  LZ4: lz4(),
};

/** Opens a stream both ways whose connection is treated by `toxics`; those on either side stay whole. */
async function withCutStream(
  compression: CompressorFactory | undefined,
  toxics: ConnectionToxics,
  run: (stream: TwoWay<Bytes>, sibling: Direction<Bytes>) => Promise<void>,
): Promise<void> {
  const clock = new ManualClock();
  await withListening({ both: { clock, compression } }, async (server, start) => {
    await using proxy = await FaultProxy.start(server.address.port, (index) =>
      index === 1 ? toxics : undefined,
    );
    const client = start({ port: proxy.port });
    const streams = new Streams(server, client, { serializer: raw });
    const stream = await streams.twoWay<Bytes>();
    const sibling = await streams.oneWay<Bytes>();
    await run(stream, sibling);
    await sibling.sink.send(Buffer.from('alive'));
    await sibling.sink.close();
    expect(await drain(sibling.source), 'the sibling is unharmed').to.have.length(1);
    expect(client.state).to.equal('connected');
    await client.abort();
  });
}

/** Messages that LZ4 makes no smaller, of 104 bytes each on the wire, a few more where it tries. */
const MESSAGES: readonly Bytes[] = Array.from({ length: 20 }, (_, index) => [
  Buffer.from(Array.from({ length: 100 }, (_byte, at) => (index * 131 + at * at * 7) & 0xff)),
]);
/** Bytes after which to cut: the negotiation is over by then, and a few messages have passed. */
const CUT_BYTES = 700;

describe('a stream whose connection breaks', () => {
  for (const [algorithm, compression] of Object.entries(COMPRESSIONS)) {
    for (const direction of ['up', 'down'] as const) {
      for (const offset of [0, 1, 2, 3, 4, 5, 50]) {
        it(`F1, S-S9 by reset within a message fails both sides, never with an end: ${direction}, ${algorithm}, at ${CUT_BYTES + offset}`, async () => {
          const lane = { limitData: { bytes: CUT_BYTES + offset, by: 'rst' } } as const;
          const toxics = direction === 'up' ? { toServer: lane } : { toClient: lane };
          await withCutStream(compression, toxics, async (stream) => {
            const { sink, source } = stream[direction];
            const reading = drainToError(source);
            await sendUntilBroken(sink);
            const { messages, error } = await reading;
            expectPrefix(messages);
            expect(error).to.be.instanceOf(StreamClosedError);
            const { cause } = await rejectionOf(sink.ended, StreamClosedError);
            expect(cause).to.be.instanceOf(ClosedError);
            await drainToError(stream[direction === 'up' ? 'down' : 'up'].source);
          });
        });

        it(`F2, F3 by an end within or between messages: ${direction}, ${algorithm}, at ${CUT_BYTES + offset}`, async () => {
          const lane = { limitData: { bytes: CUT_BYTES + offset, by: 'fin' } } as const;
          const toxics = direction === 'up' ? { toServer: lane } : { toClient: lane };
          await withCutStream(compression, toxics, async (stream) => {
            const { sink, source } = stream[direction];
            const reading = drainToError(source);
            await sendUntilBroken(sink);
            const { messages, error } = await reading;
            expectPrefix(messages);
            expect(error).to.be.instanceOf(StreamClosedError);
            expect((error as Error).message).to.match(/unexpected eof .*|without end of stream/);
            await rejectionOf(stream.up.sink.ended, StreamClosedError);
            await rejectionOf(stream.down.sink.ended, StreamClosedError);
          });
        });
      }
    }
  }

  it('F3 without an end of stream is no clean end, though all messages came', async () => {
    await withRawStream({}, async ({ main, child, source, sink }) => {
      child.write(MESSAGE, MESSAGE);
      child.end();
      const { messages, error } = await drainToError(source);
      expect(messages).to.have.length(2);
      expect(error).to.be.instanceOf(StreamClosedError).with.property('initiator', 'remote');
      expect((error as Error).message).to.contain('without end of stream');
      await rejectionOf(sink.ended, StreamClosedError);
      await expectAlive(main);
    });
  });

  for (const kind of ['error', 'abort'] as const) {
    for (const lane of ['toListener', 'toDialer'] as const) {
      it(`test_stream_connection_error fails both sides at every byte and never looks like an end: ${kind}, ${lane}`, async () => {
        let opened = 0;
        let unopened = 0;
        for (let afterBytes = 60; afterBytes < 600; afterBytes += 7) {
          const memory = memoryPair({
            faults: (index) => (index === 1 ? { [lane]: { afterBytes, kind } } : undefined),
          });
          await withServer(memory, async ({ server, client }) => {
            const streams = new Streams(server, client, { serializer: raw });
            let stream: TwoWay<Bytes>;
            try {
              stream = await streams.twoWay<Bytes>();
            } catch (error) {
              // It struck within the negotiation.
              expect(opened, `after ${afterBytes} bytes`).to.equal(0);
              expect(error).to.be.instanceOf(ClosedError);
              unopened++;
              return;
            }
            opened++;
            const { up, down } = stream;
            const reading = [drainToError(up.source), drainToError(down.source)];
            await Promise.all([sendUntilBroken(up.sink), sendUntilBroken(down.sink)]);
            for (const { messages, error } of await Promise.all(reading)) {
              expectPrefix(messages);
              expect(error).to.be.instanceOf(StreamClosedError);
            }
            expect(client.state).to.equal('connected');
          });
        }
        expect(opened, 'most strike the open stream').to.be.greaterThan(2 * unopened);
      });
    }
  }

  it('test_stream_negotiation_error a child that cannot negotiate fails its opening, and nothing else', async () => {
    for (const by of ['rst', 'fin'] as const) {
      for (const bytes of [0, 1, 11, 12, 20]) {
        await withListening({}, async (server, start) => {
          await using proxy = await FaultProxy.start(server.address.port, (index) =>
            index === 1 ? { toClient: { limitData: { bytes, by } } } : undefined,
          );
          const client = start({ port: proxy.port });
          const error = await rejectionOf(client.makeStreamSink(), ClosedError);
          expect(error.scope).to.equal('connection');
          const { sink, source } = await new Streams(server, client).oneWay<[number]>();
          await sink.send(1);
          await sink.close();
          expect(await drain(source)).to.deep.equal([[1]]);
          await client.abort();
        });
      }
    }
  });

  it('test_stream_negotiation_error a server that gives its child no id fails its opening', async () => {
    await using far = await RawServer.start();
    await withServer(async ({ start }) => {
      const client = start({ port: far.port });
      await far.acceptNegotiated({ ...NO_FEATURES, connectionId: 0x10000n });
      const opening = rejectionOf(client.makeStreamSink(), ProtocolError);
      const child = await far.acceptNegotiated();
      await opening;
      await child.takeAll();
      expect(client.state).to.equal('connected');
    });
  });
});

async function sendUntilBroken(sink: Sink<Bytes>): Promise<void> {
  for (let round = 0; ; round++) {
    try {
      await sink.send(...MESSAGES[round % MESSAGES.length]!);
      await turns(1);
    } catch (error) {
      expect(error).to.have.property('isRpcError', true);
      return;
    }
  }
}

/** What came is what was sent, from the first message on. */
function expectPrefix(messages: readonly Bytes[]): void {
  for (const [index, [bytes]] of messages.entries()) {
    expect(Buffer.from(bytes).equals(MESSAGES[index % MESSAGES.length]![0])).to.equal(true);
  }
}
