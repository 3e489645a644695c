import { createHash, randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { resolveEndpoint } from '../../../lib/transport/endpoint.ts';
import { networkTransport } from '../../../lib/transport/network/transport.ts';
import type { TransportListener, TransportSocket } from '../../../lib/transport/transport.ts';
import { randomBytes, seededNumbers } from '../../support/chunks.ts';
import { PlacingRecorder } from '../../support/placing-recorder.ts';
import { SocketRecorder } from '../../support/socket-recorder.ts';
import { turns } from '../../support/turns.ts';

const HOST = '127.0.0.1';
const MIB = 1_048_576;

/** What a socket gives in one turn of the loop before it rests, and what one read gives at most. */
const REST_BYTES = 131_072;
const READ_BYTES = 65_536;

type Pair = readonly [dialed: TransportSocket, accepted: TransportSocket];

/** Two ends, of which the first reads and the second writes. */
type Ends = readonly [reader: TransportSocket, writer: TransportSocket];

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe('transport/direct-reading', () => {
  const opened: TransportSocket[] = [];
  let listener: TransportListener;
  let accept: (socket: TransportSocket) => void;

  afterEach(async () => {
    for (const socket of opened.splice(0)) socket.destroy();
    await listener.close();
  });

  async function listen(kind: 'TCP' | 'unix'): Promise<() => Promise<Pair>> {
    const path = kind === 'unix' ? join(tmpdir(), `sluice-${randomUUID()}.sock`) : undefined;
    const at = path === undefined ? { host: HOST, port: 0 } : { path };
    listener = await networkTransport.listen(resolveEndpoint(at, 'listen'), {
      onSocket: (socket) => accept(socket),
      onError: (error) => {
        throw error;
      },
    });
    const to = path === undefined ? { host: HOST, port: listener.address.port } : { path };
    return async () => {
      const accepting = new Promise<TransportSocket>((resolve) => (accept = resolve));
      const dialed = await networkTransport.dial(resolveEndpoint(to, 'dial'), {});
      const accepted = await accepting;
      opened.push(dialed, accepted);
      return [dialed, accepted];
    };
  }

  for (const kind of ['TCP', 'unix'] as const) {
    for (const side of ['dialed', 'accepted'] as const) {
      describe(`a ${side} socket, ${kind}`, () => {
        let connectEnds: () => Promise<Ends>;

        beforeEach(async () => {
          const open = await listen(kind);
          connectEnds = async () => {
            const [dialed, accepted] = await open();
            return side === 'dialed' ? [dialed, accepted] : [accepted, dialed];
          };
        });

        it('reads to the receiver’s memory, and to its own when there is none', async () => {
          const [reader, writer] = await connectEnds();
          const far = new SocketRecorder(writer);
          const near = new PlacingRecorder(reader);
          const bytes = randomBytes(2 * MIB, 1);
          writer.write([bytes]);
          await near.received(bytes.length);
          expect(digest(near.bytes)).to.equal(digest(bytes));
          // The first read is planned before there is a receiver.
          expect(near.placedBytes).to.equal(MIB);
          expect(near.askedCount).to.be.above(1);
          expect(far.events).not.to.include('close');
        });

        it('F10 never writes again to memory that it has passed on', async () => {
          const [reader, writer] = await connectEnds();
          const far = new SocketRecorder(writer);
          const near = new PlacingRecorder(reader);
          const random = seededNumbers(2);
          // By turns to a place and to memory of its own.
          near.onChunk = () => (near.isPlacing = !near.isPlacing);
          const bytes = randomBytes(600_000, 3);
          for (let at = 0; at < bytes.length;) {
            const slice = bytes.subarray(at, at + 1 + Math.floor(random() * 20_000));
            at += slice.length;
            if (!writer.write([slice])) await far.drained();
            if (random() < 0.5) await turns(1);
          }
          await near.received(bytes.length);
          // Chunks are kept until here, where all of them are looked at.
          expect(digest(near.bytes)).to.equal(digest(bytes));
        });

        it('reads nothing while it is paused in the middle, and all of it afterwards', async () => {
          const [reader, writer] = await connectEnds();
          const far = new SocketRecorder(writer);
          const near = new PlacingRecorder(reader);
          near.onChunk = () => reader.pause();
          const bytes = randomBytes(600_000, 4);
          writer.write([bytes]);
          await near.received(1);
          while (near.receivedBytes < bytes.length) {
            const received = near.receivedBytes;
            const place = Buffer.from(near.place);
            await turns(20);
            expect(near.receivedBytes).to.equal(received);
            expect(near.place.equals(place), 'nor is anything written to its place').to.equal(true);
            reader.resume();
            await near.received(received + 1);
          }
          expect(digest(near.bytes)).to.equal(digest(bytes));
          expect(far.error).to.equal(undefined);
        });

        it('sees an end in the middle of a place, and may still write', async () => {
          const [reader, writer] = await connectEnds();
          const far = new SocketRecorder(writer);
          const near = new PlacingRecorder(reader);
          writer.write([Buffer.alloc(100_000, 1)]);
          writer.end();
          await near.seen('end');
          expect(near.receivedBytes).to.equal(100_000);
          reader.write([Buffer.from('still here')]);
          reader.end();
          await Promise.all([near.seen('close'), far.seen('close')]);
          expect(far.text).to.equal('still here');
          expect([near.error, far.error]).to.deep.equal([undefined, undefined]);
        });

        it('F29 tells nothing of what comes after it was destroyed in the middle', async () => {
          const [reader, writer] = await connectEnds();
          const far = new SocketRecorder(writer);
          const near = new PlacingRecorder(reader);
          near.onChunk = () => reader.destroy();
          for (let count = 0; count < 20; count++) writer.write([Buffer.alloc(10_000, 1)]);
          await near.seen('close');
          const received = near.receivedBytes;
          await far.seen('close');
          await turns(5);
          expect(near.receivedBytes).to.equal(received);
          expect(near.events.filter((event) => event !== 'progress')).to.deep.equal([
            'data',
            'close',
          ]);
        });

        if (kind === 'TCP') {
          it('rests after 128 KiB until the next turn, however much has come', async () => {
            const [reader, writer] = await connectEnds();
            const far = new SocketRecorder(writer);
            const near = new SocketRecorder(reader);
            // The kernel is to hold as much as it can take before anything is read.
            await turns(1);
            reader.pause();
            const bytes = randomBytes(8 * MIB, 6);
            writer.write([bytes]);
            await turns(20);
            reader.resume();
            let mostBytes = 0;
            while (near.receivedBytes < bytes.length && near.closeCount === 0) {
              const before = near.receivedBytes;
              await turns(1);
              mostBytes = Math.max(mostBytes, near.receivedBytes - before);
            }
            expect(mostBytes).to.be.within(REST_BYTES, REST_BYTES + READ_BYTES);
            expect(digest(near.bytes)).to.equal(digest(bytes));
            expect(far.error).to.equal(undefined);
          });

          it('F1 sees a reset in the middle of a place as an error', async () => {
            const [reader, writer] = await connectEnds();
            const near = new PlacingRecorder(reader);
            const far = new SocketRecorder(writer);
            writer.write([Buffer.alloc(100_000, 1)]);
            await near.received(100_000);
            writer.reset();
            await Promise.all([near.seen('close'), far.seen('close')]);
            expect(near.error).to.have.property('code', 'ECONNRESET');
            expect(near.events).not.to.include('end');
          });
        }
      });
    }
  }

  it('F10 never mixes the bytes of sockets that read by turns', async () => {
    const open = await listen('TCP');
    const random = seededNumbers(5);
    const ends: { near: SocketRecorder; expected: string; bytes: number }[] = [];
    for (let count = 0; count < 25; count++) {
      const [dialed, accepted] = await open();
      const both = [
        [dialed, new PlacingRecorder(accepted)],
        // A receiver need not have a place in mind.
        [accepted, new SocketRecorder(dialed)],
      ] as const;
      for (const [writer, near] of both) {
        const bytes = randomBytes(1 + Math.floor(random() ** 3 * 700_000), count);
        for (let at = 0; at < bytes.length;) {
          const slice = bytes.subarray(at, at + 1 + Math.floor(random() * 90_000));
          at += slice.length;
          writer.write([slice]);
        }
        ends.push({ near, expected: digest(bytes), bytes: bytes.length });
      }
    }
    for (const { near, bytes } of ends) await near.received(bytes);
    for (const { near, expected } of ends) expect(digest(near.bytes)).to.equal(expected);
  });
});
