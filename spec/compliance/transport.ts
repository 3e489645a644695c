import { expect } from 'chai';

import { isRpcError } from '../../lib/errors/rpc-error.ts';
import type {
  Endpoint,
  Peer,
  Transport,
  TransportListener,
  TransportSocket,
} from '../../lib/transport/transport.ts';
import { randomBytes, sliceRandomly } from '../support/chunks.ts';
import { PlacingRecorder } from '../support/placing-recorder.ts';
import { SocketRecorder } from '../support/socket-recorder.ts';
import { turns } from '../support/turns.ts';

/** A transport, and where to try it. */
export interface TransportFixture {
  readonly transport: Transport;
  /** Where to listen. */
  readonly listenAt: Endpoint;
  /** Where to dial what listens at `address`. */
  dialTo(address: Peer): Endpoint;
  /** Bytes that fit between a writer and a paused reader, generously. */
  readonly maxBufferedBytes: number;
  release?(): Promise<void>;
}

/** One connection, both ends in hand. */
interface Pair {
  readonly dialed: TransportSocket;
  readonly accepted: TransportSocket;
}

interface RecordedPair extends Pair {
  readonly client: SocketRecorder;
  readonly server: SocketRecorder;
}

const CHUNK_BYTES = 65_536;

/**
 * What every transport keeps to; run it once for each.
 *
 * @param options.hasReset - whether a reset reaches the peer as one; a unix socket only has an end.
 */
export function transportCompliance(
  name: string,
  make: () => Promise<TransportFixture>,
  { hasReset = true }: { hasReset?: boolean } = {},
): void {
  describe(`${name} as a transport`, () => {
    let fixture: TransportFixture;
    let listener: TransportListener;
    let accept: (socket: TransportSocket) => void;
    const opened: TransportSocket[] = [];

    beforeEach(async () => {
      fixture = await make();
      listener = await fixture.transport.listen(fixture.listenAt, {
        onSocket: (socket) => {
          opened.push(socket);
          accept(socket);
        },
        onError: (error) => {
          throw error;
        },
      });
    });

    afterEach(async () => {
      for (const socket of opened.splice(0)) socket.destroy();
      await listener.close();
      await fixture.release?.();
    });

    async function connect(): Promise<Pair> {
      const accepting = new Promise<TransportSocket>((resolve) => (accept = resolve));
      const dialing = fixture.transport.dial(fixture.dialTo(listener.address), {});
      const [dialed, accepted] = await Promise.all([dialing, accepting]);
      opened.push(dialed);
      return { dialed, accepted };
    }

    async function connectRecorded(): Promise<RecordedPair> {
      const pair = await connect();
      const client = new SocketRecorder(pair.dialed);
      const server = new SocketRecorder(pair.accepted);
      return { ...pair, client, server };
    }

    /** Writes until the transport takes no more, and says how much that was. */
    async function fill(socket: TransportSocket, recorder: SocketRecorder): Promise<number> {
      const chunk = Buffer.alloc(CHUNK_BYTES, 7);
      let written = 0;
      while (written < 4 * fixture.maxBufferedBytes) {
        const drains = recorder.drainCount;
        written += chunk.length;
        if (socket.write([chunk])) await turns(1);
        else {
          await turns(50);
          if (recorder.drainCount === drains) return written;
        }
      }
      return Infinity;
    }

    /** Both ends have read all there is, also what TLS sends by itself. */
    async function settle({ dialed, accepted, client, server }: RecordedPair): Promise<void> {
      dialed.write([Buffer.from('ping')]);
      accepted.write([Buffer.from('pong')]);
      await Promise.all([server.received(4), client.received(4)]);
      await turns(5);
    }

    it('says where it listens and who is at the other end', async () => {
      const { dialed, accepted } = await connect();
      expect(dialed.peer.address).to.equal(listener.address.address);
      expect(dialed.peer.port).to.equal(listener.address.port);
      expect(accepted.peer.family).to.equal(listener.address.family);
    });

    it('F10 delivers bytes in order whatever the slicing, both ways at once', async () => {
      const { dialed, accepted, client, server } = await connectRecorded();
      const up = randomBytes(100_000, 1);
      const down = randomBytes(100_000, 2);
      for (const slice of sliceRandomly(up, 3)) dialed.write([slice]);
      accepted.write(sliceRandomly(down, 4));
      await Promise.all([server.received(up.length), client.received(down.length)]);
      expect(server.bytes.equals(up)).to.equal(true);
      expect(client.bytes.equals(down)).to.equal(true);
    });

    it('F10 delivers the same to a receiver that has a place for it', async () => {
      const { dialed, accepted } = await connect();
      const client = new PlacingRecorder(dialed);
      const server = new PlacingRecorder(accepted);
      const up = randomBytes(300_000, 1);
      const down = randomBytes(1_500_000, 2);
      for (const slice of sliceRandomly(up, 3)) dialed.write([slice]);
      accepted.write([down]);
      await Promise.all([server.received(up.length), client.received(down.length)]);
      expect(server.bytes.equals(up)).to.equal(true);
      expect(client.bytes.equals(down)).to.equal(true);
    });

    it('takes writes of nothing', async () => {
      const { dialed, server } = await connectRecorded();
      dialed.write([]);
      dialed.write([Buffer.alloc(0)]);
      dialed.write([Buffer.from('a'), Buffer.alloc(0), Buffer.from('b')]);
      await server.received(2);
      expect(server.text).to.equal('ab');
    });

    it('leaves the memory of a write that returned true to the caller', async () => {
      const { dialed, client, server } = await connectRecorded();
      const slab = Buffer.alloc(1_000);
      for (let round = 0; round < 50; round++) {
        slab.fill(round);
        if (!dialed.write([slab])) await client.drained();
      }
      await server.received(50_000);
      for (let round = 0; round < 50; round++) {
        const part = server.bytes.subarray(round * 1_000, (round + 1) * 1_000);
        expect(part.every((byte) => byte === round)).to.equal(true);
      }
    });

    it('reports progress when written bytes went out', async () => {
      const { dialed, client } = await connectRecorded();
      dialed.write([Buffer.from('x')]);
      await client.seen('progress');
    });

    it('keeps the accepting side writable after the dialing side ended', async () => {
      const { dialed, accepted, client, server } = await connectRecorded();
      dialed.end();
      await server.seen('end');
      accepted.write([Buffer.from('still here')]);
      accepted.end();
      await Promise.all([client.seen('close'), server.seen('close')]);
      expect(client.text).to.equal('still here');
      expect([client.error, server.error]).to.deep.equal([undefined, undefined]);
    });

    it('keeps the dialing side writable after the accepting side ended', async () => {
      const { dialed, accepted, client, server } = await connectRecorded();
      accepted.end();
      await client.seen('end');
      dialed.write([Buffer.from('still here')]);
      dialed.end();
      await Promise.all([client.seen('close'), server.seen('close')]);
      expect(server.text).to.equal('still here');
      expect([client.error, server.error]).to.deep.equal([undefined, undefined]);
    });

    it('sends the end behind all that was written before', async () => {
      const { dialed, accepted, server } = await connectRecorded();
      const bytes = randomBytes(3_000_000, 5);
      accepted.pause();
      dialed.write([bytes]);
      dialed.end();
      await turns(10);
      expect(server.events).not.to.include('end');
      accepted.resume();
      await server.seen('end');
      expect(server.bytes.equals(bytes)).to.equal(true);
    });

    it('refuses to write after end', async () => {
      const { dialed } = await connectRecorded();
      dialed.end();
      expect(() => dialed.write([Buffer.from('x')])).to.throw('written after end');
    });

    it('refuses a second owner', async () => {
      const { dialed } = await connectRecorded();
      expect(() => new SocketRecorder(dialed)).to.throw('already attached');
    });

    it('F13 holds a bounded amount for a paused reader and drains when it reads on', async () => {
      const { dialed, accepted, client, server } = await connectRecorded();
      accepted.pause();
      const written = await fill(dialed, client);
      expect(written).to.be.at.most(fixture.maxBufferedBytes);
      const draining = client.drained();
      accepted.resume();
      await draining;
      await server.received(written);
      expect(server.receivedBytes).to.equal(written);
    });

    it('F4 tells how much of a large write is still to go', async () => {
      const { dialed, accepted, client, server } = await connectRecorded();
      accepted.pause();
      const bytes = Buffer.alloc(4 * fixture.maxBufferedBytes);
      expect(dialed.write([bytes])).to.be.false;
      await turns(50);
      const before = dialed.unsentBytes ?? 0;
      expect(before).to.be.within(1, bytes.length - 1);
      server.onChunk = () => {
        if (server.receivedBytes >= 2 * fixture.maxBufferedBytes) accepted.pause();
      };
      accepted.resume();
      await server.received(2 * fixture.maxBufferedBytes);
      await turns(50);
      expect(dialed.unsentBytes).to.be.within(1, before - 1);
      server.onChunk = () => {};
      const draining = client.drained();
      accepted.resume();
      await draining;
      expect(dialed.unsentBytes).to.equal(0);
      await server.received(bytes.length);
    });

    it('stops at a pause, once the chunk in hand is delivered, until resumed', async () => {
      const { dialed, accepted, server } = await connectRecorded();
      server.onChunk = () => accepted.pause();
      dialed.write([Buffer.from('first')]);
      await server.received(5);
      dialed.write([Buffer.from('second')]);
      await turns(20);
      expect(server.text).to.equal('first');
      accepted.resume();
      await server.received(11);
      expect(server.text).to.equal('firstsecond');
    });

    it('loses nothing that came before an owner attached', async () => {
      const { dialed, accepted } = await connect();
      const client = new SocketRecorder(dialed);
      dialed.write([Buffer.from('early')]);
      dialed.end();
      await turns(20);
      const server = new SocketRecorder(accepted);
      await server.seen('end');
      expect(server.text).to.equal('early');
      accepted.end();
      await client.seen('close');
    });

    it('loses nothing that came to the dialing side before an owner attached', async () => {
      const { dialed, accepted } = await connect();
      const server = new SocketRecorder(accepted);
      accepted.write([Buffer.from('early')]);
      accepted.end();
      await turns(20);
      const client = new SocketRecorder(dialed);
      await client.seen('end');
      expect(client.text).to.equal('early');
      dialed.end();
      await server.seen('close');
    });

    const itResets = hasReset ? it : () => {};

    itResets('F1 shows the peer a reset as an error, and its own side none', async () => {
      const pair = await connectRecorded();
      const { dialed, client, server } = pair;
      await settle(pair);
      dialed.reset();
      await Promise.all([client.seen('close'), server.seen('close')]);
      expect(server.error).to.have.property('code', 'ECONNRESET');
      expect(server.events).not.to.include('end');
      expect(client.error).to.equal(undefined);
    });

    itResets('F1 shows the dialing side a reset by the accepting side', async () => {
      const pair = await connectRecorded();
      const { accepted, client } = pair;
      await settle(pair);
      accepted.reset();
      await client.seen('close');
      expect(client.error).to.have.property('code', 'ECONNRESET');
    });

    it('closes its own side at a reset, also while its end is on its way', async () => {
      const { dialed, client, server, accepted } = await connectRecorded();
      dialed.end();
      dialed.reset();
      await client.seen('close');
      accepted.destroy();
      await server.seen('close');
    });

    it('bears every order of end, reset and destroy with bytes on their way', async () => {
      const steps = ['end', 'reset', 'destroy'] as const;
      for (const first of steps) {
        for (const second of steps) {
          const { dialed, accepted, client, server } = await connectRecorded();
          dialed.write([Buffer.alloc(3_000_000)]);
          accepted.write([Buffer.alloc(3_000_000)]);
          await server.received(1);
          dialed[first]();
          dialed[second]();
          if (first === 'end' && second === 'end') accepted.end();
          else accepted.destroy();
          await Promise.all([client.seen('close'), server.seen('close')]);
          expect([client.closeCount, server.closeCount]).to.deep.equal([1, 1]);
        }
      }
    });

    it('closes its own side at a reset, whatever the peer gets to see', async () => {
      const { dialed, client, server, accepted } = await connectRecorded();
      dialed.reset();
      await client.seen('close');
      expect(client.events.at(-1)).to.equal('close');
      accepted.destroy();
      await server.seen('close');
    });

    it('shows an end, not an error, when the peer destroys with nothing unread', async () => {
      const pair = await connectRecorded();
      const { dialed, accepted, server } = pair;
      await settle(pair);
      dialed.write([Buffer.from('last words')]);
      dialed.destroy();
      await server.seen('end');
      expect(server.text).to.equal('pinglast words');
      accepted.end();
      await server.seen('close');
    });

    it('fails a writer whose peer has left, soon and once', async () => {
      const { dialed, accepted, client } = await connectRecorded();
      accepted.destroy();
      while (client.closeCount === 0) {
        dialed.write([Buffer.from('anyone?')]);
        await turns(1);
      }
      expect(client.error).to.have.property('code').that.is.oneOf(['EPIPE', 'ECONNRESET']);
    });

    it('frees a writer that waits when its peer leaves', async () => {
      const { dialed, accepted, client } = await connectRecorded();
      accepted.pause();
      await fill(dialed, client);
      accepted.destroy();
      await client.seen('close');
      expect(client.error).to.have.property('code').that.is.oneOf(['EPIPE', 'ECONNRESET']);
    });

    it('hands the error that it was destroyed with to its owner', async () => {
      const { dialed, client } = await connectRecorded();
      const reason = new Error('enough');
      dialed.destroy(reason);
      await client.seen('close');
      expect(client.error).to.equal(reason);
    });

    it('F29 tells nothing after destroy but the close, and that once', async () => {
      const { dialed, accepted, server } = await connectRecorded();
      server.onChunk = () => accepted.destroy();
      for (let count = 0; count < 20; count++) dialed.write([Buffer.alloc(1_000)]);
      dialed.end();
      await server.seen('close');
      accepted.destroy();
      accepted.reset();
      accepted.end();
      accepted.pause();
      accepted.resume();
      await turns(20);
      expect(server.events.filter((event) => event !== 'progress')).to.deep.equal([
        'data',
        'close',
      ]);
      expect(server.closeCount).to.equal(1);
    });

    it('drops what is written after destroy, and says that nothing was taken', async () => {
      const { dialed, client } = await connectRecorded();
      dialed.destroy();
      expect(dialed.write([Buffer.from('x')])).to.equal(false);
      await client.seen('close');
    });

    it('tells an owner that attaches too late that the socket is gone', async () => {
      const { dialed, accepted } = await connect();
      const reason = new Error('never mind');
      accepted.destroy(reason);
      await turns(20);
      const server = new SocketRecorder(accepted);
      expect(server.events).to.deep.equal([]);
      await server.seen('close');
      expect(server.error).to.equal(reason);
      dialed.destroy();
    });

    it('serves many connections apart from each other', async () => {
      const pairs = [];
      for (let count = 0; count < 20; count++) pairs.push(await connectRecorded());
      for (const [index, { dialed }] of pairs.entries()) dialed.write([Buffer.from(`#${index}`)]);
      for (const [index, { server }] of pairs.entries()) {
        await server.received(`#${index}`.length);
        expect(server.text).to.equal(`#${index}`);
      }
    });

    it('refuses to dial where nobody listens, with the system’s code', async () => {
      await listener.close();
      const error = await failure(fixture.transport.dial(fixture.dialTo(listener.address), {}));
      expect(error).to.have.property('code').that.is.oneOf(['ECONNREFUSED', 'ENOENT']);
      expect(isRpcError(error)).to.equal(false);
    });

    it('keeps accepted sockets when it stops listening', async () => {
      const { dialed, server } = await connectRecorded();
      await listener.close();
      await listener.close();
      dialed.write([Buffer.from('alive')]);
      await server.received(5);
    });

    it('refuses to listen where somebody else does', async () => {
      const { listenAt, transport } = fixture;
      const taken = listenAt.path === undefined ? { port: listener.address.port } : {};
      const handlers = { onSocket: () => {}, onError: () => {} };
      const error = await failure(transport.listen({ ...listenAt, ...taken }, handlers));
      expect(error).to.have.property('code', 'EADDRINUSE');
    });

    it('rejects an aborted dial with the signal’s reason', async () => {
      const reason = new Error('changed my mind');
      const signal = AbortSignal.abort(reason);
      const dialing = fixture.transport.dial(fixture.dialTo(listener.address), { signal });
      expect(await failure(dialing)).to.equal(reason);
    });

    it('rejects a dial that is aborted on its way, and leaves nothing open', async () => {
      accept = () => {};
      const reason = new Error('changed my mind');
      const controller = new AbortController();
      const dialing = fixture.transport.dial(fixture.dialTo(listener.address), {
        signal: controller.signal,
      });
      controller.abort(reason);
      expect(await failure(dialing)).to.equal(reason);
    });

    it('is not touched by an abort after the dial is done', async () => {
      accept = () => {};
      const controller = new AbortController();
      const dialed = await fixture.transport.dial(fixture.dialTo(listener.address), {
        signal: controller.signal,
      });
      opened.push(dialed);
      const client = new SocketRecorder(dialed);
      controller.abort();
      await turns(20);
      expect(client.closeCount).to.equal(0);
    });
  });
}

/** What a promise rejects with; fails if it does not. */
export async function failure(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}
