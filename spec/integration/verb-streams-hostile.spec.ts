import { expect } from 'chai';

import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import type { ChildStream } from '../../lib/connection/handshake/resume-record.ts';
import {
  type ServerOptions,
  type Sink,
  type Source,
  StreamClosedError,
  UnsupportedError,
  verb,
} from '../../lib/index.ts';
import { i32, packed, raw, sourceOf } from '../../lib/layout.ts';
import { AckBatch } from '../../lib/wire/acks.ts';
import type { MainMessage } from '../../lib/wire/main-message.ts';
import { takePart, terms } from '../support/played-resumable.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import type { RawChild, RawMain } from '../support/raw-session.ts';
import { rejectionOf } from '../support/rejection.ts';
import { SessionServer } from '../support/session-server.ts';
import { turns, until } from '../support/turns.ts';

const NUMBERS = 7;
const LARGE = 8;

/** A session that is away, and a stream that has begun, count for so much beside what they keep. */
const SESSION_BYTES = 20_480;
const STREAM_BYTES = 24_576;
const LARGE_BYTES = 10_000;

/** A server whose client the test plays, with the two directions of its one stream. */
class Bench {
  readonly net: SessionServer;
  readonly main: RawMain;
  source: Source<[number]> | undefined;
  sink: Sink<[number]> | undefined;
  readonly #children: RawChild[] = [];

  private constructor(net: SessionServer, main: RawMain) {
    this.net = net;
    this.main = main;
    const numbers = verb(NUMBERS, { args: packed(sourceOf(i32)) });
    net.server.handle(numbers, (_context, source) => {
      this.source = source;
      this.sink = source.makeSink<[number]>({
        serializer: packed(i32),
        resumable: { windowItems: 8 },
      });
      this.sink.ended.catch(() => {});
    });
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<Bench> {
    const net = await SessionServer.start({ limits: { pingIntervalMs: 0 }, ...options });
    return new Bench(net, await net.connect());
  }

  get port(): number {
    return this.net.server.address.port;
  }

  /** A stream that a call has named. */
  async open(): Promise<RawChild> {
    const child = await this.child({});
    expect(child.stream).to.deep.equal({ id: undefined, taken: 0, attempt: undefined });
    this.main.call(NUMBERS, ticketOf(child.id));
    await until(() => this.sink !== undefined);
    return child;
  }

  /** A child of the client's main connection, or of the one that it has now. */
  async child(record: ChildStream, main: RawMain = this.main): Promise<RawChild> {
    const child = await main.child(this.port, record);
    this.#children.push(child);
    return child;
  }

  ack(id: bigint, acknowledged: number, taken: number): void {
    const batch = new AckBatch('child-ack');
    batch.addChild(id, acknowledged, taken);
    this.main.tell(batch.take());
  }

  /** The next message about the reader of the client's direction. */
  async told(kind: MainMessage['kind']): Promise<MainMessage> {
    for (;;) {
      const { message } = await this.main.take();
      if (message?.kind === kind) return message;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#children.map(({ peer }) => peer.destroy()));
    await this.net[Symbol.asyncDispose]();
  }
}

describe('a resumable stream of a verb at a server with a hostile client', () => {
  it('L9 fails alone when more is acknowledged than was sent or taken', async () => {
    for (const [acknowledged, taken] of [
      [0, 2],
      [1, 0],
    ] as const) {
      await using bench = await Bench.start();
      const child = await bench.open();
      await bench.sink!.send(5);
      expect(await takePart(child.peer)).to.include({ type: 'retained', windowItems: 8 });
      bench.ack(child.id, acknowledged, taken);
      expect(await rejectionOf(bench.sink!.ended, StreamClosedError)).to.have.nested.property(
        'cause.code',
        'ERR_PROTOCOL',
      );
      expect(await rejectionOf(bench.source!.read(), StreamClosedError)).to.include({
        code: 'ERR_STREAM_CLOSED',
      });
      expect(await bench.told('canceled')).to.deep.equal({ kind: 'canceled', streamId: child.id });
      const other = await bench.child({});
      expect(other.stream?.taken).to.equal(0);
    }
  });

  it('L9 is lost to a client that says it has taken more than was sent', async () => {
    await using bench = await Bench.start();
    const child = await bench.open();
    await bench.sink!.send(5);
    const again = await bench.child({ id: child.id, taken: 2, attempt: 1 });
    expect(again.stream).to.equal(undefined);
    expect(await rejectionOf(bench.sink!.ended, StreamClosedError)).to.include({
      code: 'ERR_STREAM_CLOSED',
    });
  });

  it('L10 answers where it has stopped to take, and goes on where the client has', async () => {
    await using bench = await Bench.start();
    const child = await bench.open();
    await bench.sink!.send(5);
    await bench.sink!.send(6);
    child.peer.write(Buffer.concat([terms(0), number(1), number(2)]));
    expect(await bench.source!.read()).to.deep.equal([1]);
    const again = await bench.child({ id: child.id, taken: 1, attempt: 1 });
    expect(again.stream?.taken).to.equal(1);
    expect(await takePart(again.peer)).to.include({ type: 'retained', firstIndex: 1 });
    expect(await again.peer.take(8)).to.deep.equal(number(6));
    again.peer.write(Buffer.concat([terms(1), number(2)]));
    expect(await bench.source!.read()).to.deep.equal([2]);
    const ack = await bench.told('child-ack');
    expect(ack.kind === 'child-ack' && ack.acks.idAt(0)).to.equal(child.id);
  });

  it('does not answer an attempt that is not newer than another, nor lets it fence that', async () => {
    await using bench = await Bench.start();
    const child = await bench.open();
    const newer = await bench.child({ id: child.id, taken: 0, attempt: 2 });
    expect(newer.stream?.taken).to.equal(0);
    for (const attempt of [1, 2]) {
      const older = bench.child({ id: child.id, taken: 0, attempt });
      expect(await rejectionOf<Error>(older, Error)).to.be.instanceOf(Error);
    }
    newer.peer.write(Buffer.concat([terms(0), number(3)]));
    expect(await bench.source!.read()).to.deep.equal([3]);
  });

  it('knows no stream of another id, and tells so', async () => {
    await using bench = await Bench.start();
    const other = await bench.child({ id: 99n, taken: 0, attempt: 1 });
    expect(other.stream).to.equal(undefined);
  });

  it('L7 fails when its client sends more than two windows and a message', async () => {
    await using bench = await Bench.start();
    const child = await bench.open();
    bench.source!.ack = 'manual';
    const numbers = Array.from({ length: 12 }, (_, at) => number(at));
    child.peer.write(Buffer.concat([terms(0), ...numbers]));
    const reading = (async () => {
      for (;;) await bench.source!.read();
    })();
    expect(await rejectionOf(reading, StreamClosedError)).to.have.nested.property(
      'cause.code',
      'ERR_PROTOCOL',
    );
    expect(await bench.told('canceled')).to.include({ streamId: child.id });
  });

  it('fails where its client begins without the terms', async () => {
    await using bench = await Bench.start();
    const child = await bench.open();
    child.peer.write(number(1));
    expect(await rejectionOf(bench.source!.read(), StreamClosedError)).to.have.nested.property(
      'cause.code',
      'ERR_PROTOCOL',
    );
  });

  it('E2 counts with what it keeps, also with what it is given while its client is away', async () => {
    const maxAwaySessionBytes = SESSION_BYTES + STREAM_BYTES + 2.5 * LARGE_BYTES;
    await using bench = await Bench.start({ maxAwaySessionBytes });
    let sink: Sink<[Uint8Array]> | undefined;
    bench.net.server.handle(verb(LARGE, { args: packed(sourceOf(i32)) }), (_context, source) => {
      sink = source.makeSink<[Uint8Array]>({ serializer: raw, resumable: true });
    });
    const child = await bench.child({});
    bench.main.call(LARGE, ticketOf(child.id));
    await until(() => sink !== undefined);
    await bench.net.cut(bench.main);
    const kept = (): number => {
      const [session] = bench.net.sessions.away();
      if (session === undefined) return 0;
      return Math.floor((session.bytes - SESSION_BYTES - STREAM_BYTES) / LARGE_BYTES);
    };
    for (const items of [1, 2]) {
      await sink!.send(new Uint8Array(LARGE_BYTES));
      await until(() => kept() === items);
    }
    expect(bench.net.away).to.equal(1);
    await sink!.send(new Uint8Array(LARGE_BYTES));
    const lost = await rejectionOf(sink!.ended, StreamClosedError);
    expect(lost.message).to.contain('of 3 items the consumer has taken 0, and acknowledged 0');
    expect(bench.net.away).to.equal(0);
  });

  it('E2 keeps its place among maxChildren when its client breaks its connection, and may go on', async () => {
    await using bench = await Bench.start({
      limits: { pingIntervalMs: 0, maxChildren: 2 },
    });
    const children = [await bench.child({}), await bench.child({})];
    for (const { peer } of children) await peer.destroy();
    await until(() => bench.net.server.snapshot().connections[0]!.children === 0);
    await rejectionOf<Error>(bench.child({}), Error);
    const [{ id }] = children as [RawChild, RawChild];
    const again = await bench.child({ id, taken: 0, attempt: 1 });
    expect(again.stream?.taken).to.equal(0);
    bench.net.clock.advance(40_000);
    await turns(5);
    expect((await bench.child({})).stream?.taken).to.equal(0);
  });

  it('E2 goes on at its own place while the server takes its earlier connection for alive', async () => {
    await using bench = await Bench.start({ limits: { pingIntervalMs: 0, maxChildren: 1 } });
    const child = await bench.open();
    const again = await bench.child({ id: child.id, taken: 0, attempt: 1 });
    expect(again.stream?.taken).to.equal(0);
    await rejectionOf<Error>(bench.child({}), Error);
  });

  it('is given up when no call names it, but not while its client is away', async () => {
    await using bench = await Bench.start();
    const child = await bench.child({});
    await bench.net.cut(bench.main);
    bench.net.clock.advance(40_000);
    const back = await bench.net.resume(bench.main);
    back.listCalls();
    const again = await bench.child({ id: child.id, taken: 0, attempt: 1 }, back);
    expect(again.stream?.taken).to.equal(0);
    bench.net.clock.advance(40_000);
    await turns(5);
    const lost = await bench.child({ id: child.id, taken: 0, attempt: 2 }, back);
    expect(lost.stream).to.equal(undefined);
  });
});

describe('F35 a resumable stream of a verb towards a peer of another version', () => {
  for (const [what, extension] of [
    ['a plain Seastar', undefined],
    ['version 1', encodeExtension({ version: 1 })],
    ['version 2', encodeExtension({ version: 2 })],
  ] as const) {
    it(`is refused before anything is sent, and plain if possible: ${what}`, async () => {
      await withPlayedServer(async (client, server) => {
        const features = extension === undefined ? {} : { extension };
        await answer(server, { connectionId: 0x10001n, ...features });
        await client.whenReady();
        await rejectionOf(client.makeStreamSink({ resumable: true }), UnsupportedError);
        const opening = client.makeStreamSink<[number]>({ resumable: 'if-possible' });
        const { peer } = await answer(server, { connectionId: 0x20001n, ...features });
        const sink = await opening;
        await sink.send(1);
        expect((await peer.take(4)).readUInt32LE()).to.be.lessThan(100);
      });
    });
  }
});

/** A message with `packed(i32)`. */
function number(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(4, 0);
  bytes.writeInt32LE(value, 4);
  return bytes;
}

/** The argument of a call: the id of the stream. */
function ticketOf(id: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(id);
  return bytes;
}
