import { expect } from 'chai';

import { systemRandom } from '../../lib/base/random.ts';
import { decodeExtension, encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { makeSessionKey } from '../../lib/connection/handshake/proof.ts';
import type { ChildStream } from '../../lib/connection/handshake/resume-record.ts';
import { type Client, type Sink, type Source, verb } from '../../lib/index.ts';
import { i32, packed, sourceOf } from '../../lib/layout.ts';
import { encodeMainMessage, type MainMessage } from '../../lib/wire/main-message.ts';
import { takePart } from '../support/played-resumable.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import type { RawChild, RawMain } from '../support/raw-session.ts';
import { SessionServer } from '../support/session-server.ts';
import { turns, until } from '../support/turns.ts';
import { replyBytes } from '../support/wire-bytes.ts';

const NUMBERS = 7;
const VERSION = 3;
const PARENT = 0x1230001n;
const STREAM = 0x4560001n;

/** A stream with a sink at the server, of a client that the test plays. */
interface Played {
  readonly main: RawMain;
  readonly child: RawChild;
  readonly source: Source<[number]>;
  readonly sink: Sink<[number]>;
}

async function withServer(
  run: (net: SessionServer, open: () => Promise<Played>) => Promise<void>,
): Promise<void> {
  await using net = await SessionServer.start({ limits: { pingIntervalMs: 0 } });
  const children: RawPeer[] = [];
  let opened: Pick<Played, 'sink' | 'source'> | undefined;
  net.server.handle(verb(NUMBERS, { args: packed(sourceOf(i32)) }), (_context, source) => {
    const sink = source.makeSink<[number]>({ serializer: packed(i32), resumable: true });
    sink.ended.catch(() => {});
    opened = { sink, source };
  });
  const open = async (): Promise<Played> => {
    const main = await net.connect();
    const child = await main.child(net.server.address.port, {});
    children.push(child.peer);
    const ticket = Buffer.alloc(8);
    ticket.writeBigUInt64LE(child.id);
    opened = undefined;
    main.call(NUMBERS, ticket);
    await until(() => opened !== undefined);
    return { main, child, ...opened! };
  };
  await run(net, open);
  await Promise.all(children.map((peer) => peer.destroy()));
}

async function told(main: RawMain, kind: MainMessage['kind']): Promise<MainMessage> {
  for (;;) {
    const { message } = await main.take();
    if (message?.kind === kind) return message;
  }
}

describe('a server that has lost the child of a resumable stream', () => {
  it('F4 tells its client, with the attempt that has led to the child', async () => {
    await withServer(async (net, open) => {
      const { main, child } = await open();
      child.peer.reset();
      const streamId = child.id;
      expect(await told(main, 'child-parted')).to.deep.equal({
        kind: 'child-parted',
        streamId,
        attempt: 0,
      });
      const record = { id: streamId, taken: 0, attempt: 5 };
      const again = await main.child(net.server.address.port, record);
      again.peer.reset();
      expect(await told(main, 'child-parted')).to.include({ streamId, attempt: 5 });
    });
  });

  it('says nothing of a child that its client has left for another one', async () => {
    await withServer(async (net, open) => {
      const { main, child } = await open();
      const record = { id: child.id, taken: 0, attempt: 1 };
      const again = await main.child(net.server.address.port, record);
      child.peer.reset();
      await turns(20);
      again.peer.reset();
      expect(await told(main, 'child-parted'), 'the first one').to.include({ attempt: 1 });
    });
  });

  it('F4 answers with the messages that it keeps, and for no stream of another client', async () => {
    await withServer(async (_net, open) => {
      const one = await open();
      const other = await open();
      one.child.peer.reset();
      await told(one.main, 'child-parted');
      for (const item of [1, 2, 3]) await one.sink.send(item);
      const words = [one.child.id, other.child.id, 99n];
      one.main.tell({ kind: 'children-progress', words });
      expect(await told(one.main, 'children-sent')).to.deep.equal({
        kind: 'children-sent',
        words: [one.child.id, 4n, other.child.id, 0n, 99n, 0n],
      });
      void one.sink.close();
      one.main.tell({ kind: 'children-progress', words: [one.child.id] });
      expect(await told(one.main, 'children-sent'), 'its end is lacking').to.deep.equal({
        kind: 'children-sent',
        words: [one.child.id, 0n],
      });
    });
  });
});

/** The server of a client with a resumable stream; the test plays it. */
class Server {
  readonly sink: Sink<[number]>;
  readonly first: RawPeer;
  readonly #main: RawPeer;
  readonly #next: () => Promise<{ peer: RawPeer; stream: ChildStream | undefined }>;

  constructor(
    sink: Sink<[number]>,
    [main, first]: readonly RawPeer[],
    next: () => Promise<{ peer: RawPeer; stream: ChildStream | undefined }>,
  ) {
    this.sink = sink;
    this.#main = main!;
    this.first = first!;
    this.#next = next;
  }

  /** Says that the child of that attempt is lost. */
  part(streamId: bigint, attempt: number): void {
    const message = encodeMainMessage({ kind: 'child-parted', streamId, attempt });
    this.#main.write(replyBytes(0n, message));
  }

  /** The next child, which is answered, with the record that has come on it. */
  child(): Promise<{ peer: RawPeer; stream: ChildStream | undefined }> {
    return this.#next();
  }
}

async function withClient(run: (server: Server, client: Client) => Promise<void>): Promise<void> {
  await withPlayedServer(async (client, server) => {
    const session = makeSessionKey(systemRandom());
    const extension = encodeExtension({ session });
    const main = await answer(server, { connectionId: PARENT, extension });
    await client.whenReady();
    let id = STREAM;
    const next = async (): Promise<{ peer: RawPeer; stream: ChildStream | undefined }> => {
      const given = encodeExtension({ stream: { taken: 0 } });
      const { peer, offer } = await answer(server, { connectionId: id++, extension: given });
      const { stream } = decodeExtension(offer.extension ?? Buffer.alloc(0), VERSION);
      return { peer, stream };
    };
    const opening = client.makeStreamSink<[number]>({ serializer: packed(i32), resumable: true });
    const first = await next();
    const sink = await opening;
    sink.ended.catch(() => {});
    await run(new Server(sink, [main.peer, first.peer], next), client);
    expect(client.state).to.equal('connected');
  });
}

describe('a client whose server says that a child is lost', () => {
  it('F4 leaves the child, and goes on on another one', async () => {
    await withClient(async (server) => {
      await server.sink.send(5);
      expect(await takePart(server.first)).to.include({ type: 'retained', firstIndex: 0 });
      server.part(STREAM, 0);
      const next = await server.child();
      expect(next.stream).to.deep.equal({ id: STREAM, taken: 0, attempt: 1 });
      expect(await takePart(next.peer)).to.include({ type: 'retained', firstIndex: 0 });
      expect(await next.peer.take(8)).to.deep.equal(number(5));
      server.part(STREAM, 1);
      expect((await server.child()).stream).to.include({ attempt: 2 });
    });
  });

  it('F4 stays where the words are about other streams, or children that it has left, however many', async () => {
    await withClient(async (server, client) => {
      for (let attempt = 1; attempt <= 1_000; attempt++) {
        server.part(STREAM, attempt);
        server.part(BigInt(attempt), 0);
        server.part(PARENT, attempt);
      }
      for (let times = 0; times < 1_000; times++) server.part(STREAM, 0);
      const next = await server.child();
      expect(next.stream).to.include({ attempt: 1 });
      for (let times = 0; times < 1_000; times++) server.part(STREAM, 0);
      await server.sink.send(6);
      expect(await takePart(next.peer)).to.include({ type: 'retained' });
      expect(await next.peer.take(8)).to.deep.equal(number(6));
      await turns(20);
      expect(client.snapshot().connections[0]!.children).to.equal(1);
    });
  });
});

/** A message with `packed(i32)`. */
function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(4, 0);
  bytes.writeInt32LE(value, 4);
  return bytes;
}
