import { expect } from 'chai';

import { type Sink, type Source, verb } from '../../lib/index.ts';
import { i32, packed, sourceOf } from '../../lib/layout.ts';
import type { MainMessage } from '../../lib/wire/main-message.ts';
import { takePart } from '../support/played-resumable.ts';
import {
  type DialedChild,
  type OpenedStream,
  withPlayedVerbServer,
} from '../support/played-verb-server.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import type { RawChild, RawMain } from '../support/raw-session.ts';
import { SessionServer } from '../support/session-server.ts';
import { turns, until } from '../support/turns.ts';

const NUMBERS = 7;

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

describe('a client whose server says that a child is lost', () => {
  it('F4 leaves the child, and goes on on another one', async () => {
    await withPlayedVerbServer(async (server) => {
      const { id, peer, sink } = await server.open();
      await sink.send(5);
      expect(await takePart(peer)).to.include({ type: 'retained', firstIndex: 0 });
      server.part([id, 0]);
      const next = await server.child();
      expect(next.stream).to.deep.equal({ id, taken: 0, attempt: 1 });
      expect(await takePart(next.peer)).to.include({ type: 'retained', firstIndex: 0 });
      expect(await next.peer.take(8)).to.deep.equal(number(5));
      server.part([id, 1]);
      expect((await server.child()).stream).to.include({ attempt: 2 });
    });
  });

  it('F4 stays where the words are about other streams, or children that it has left, however many', async () => {
    await withPlayedVerbServer(async (server) => {
      const { id, sink } = await server.open();
      for (let attempt = 1; attempt <= 1_000; attempt++) {
        server.part([id, attempt], [BigInt(attempt), 0], [id + 1n, attempt]);
      }
      for (let times = 0; times < 1_000; times++) server.part([id, 0]);
      const next = await server.child();
      expect(next.stream).to.include({ attempt: 1 });
      for (let times = 0; times < 1_000; times++) server.part([id, 0]);
      await sink.send(6);
      expect(await takePart(next.peer)).to.include({ type: 'retained' });
      expect(await next.peer.take(8)).to.deep.equal(number(6));
      await turns(20);
      expect(server.client.snapshot().connections[0]!.children).to.equal(1);
      expect(server.client.state).to.equal('connected');
    });
  });

  it('L10 dials 16 others at a time, those whose reader waits first', async () => {
    await withPlayedVerbServer(async (server) => {
      const streams: OpenedStream[] = [];
      for (let count = 0; count < 20; count++) streams.push(await server.open());
      const awaited = streams.slice(-2);
      for (const stream of awaited) {
        const source = await server.sourceOf(stream);
        source.read().catch(() => {});
      }
      server.part(...streams.map(({ id }) => [id, 0] as const));
      const dialed: DialedChild[] = [];
      for (let count = 0; count < 16; count++) dialed.push(await server.dialed());
      await turns(20);
      expect(server.client.snapshot().opening).to.equal(16);
      const ids = dialed.map(({ stream }) => stream?.id);
      for (const { id } of awaited) expect(ids).to.include(id);
      expect(ids).to.have.members([...awaited, ...streams.slice(0, 14)].map(({ id }) => id));
      dialed[0]!.peer.reset();
      const { stream } = await server.dialed();
      expect(stream?.id, 'the next one').to.equal(streams[14]!.id);
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
