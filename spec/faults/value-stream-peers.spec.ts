import { deserialize, serialize } from 'bson';
import { expect } from 'chai';
import { Readable } from 'node:stream';

import { MAIN_MESSAGE_VERB } from '../../lib/call/common/main-messages.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { makeSessionKey } from '../../lib/connection/handshake/proof.ts';
import { systemRandom } from '../../lib/base/random.ts';
import {
  type Client,
  type RemoteStream,
  type Server,
  stream,
  StreamClosedError,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { ProtocolError } from '../../lib/errors/errors.ts';
import { type MainMessage, encodeMainMessage } from '../../lib/wire/main-message.ts';
import type { Features } from '../../lib/wire/feature.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { laneFrame, count, message } from '../support/lane-bench.ts';
import { collect, Counter } from '../support/passing.ts';
import { answer, withPlayedServer } from '../support/played-server.ts';
import { PlayedSession } from '../support/played-session.ts';
import type { RawPeer } from '../support/raw-peer.ts';
import type { RawServer } from '../support/raw-server.ts';
import { follow, rejectionOf } from '../support/rejection.ts';
import { expectAlive, withRawStream } from '../support/raw-stream.ts';
import { type Joined, withPeers } from '../support/scripted-peer.ts';
import { turns, until } from '../support/turns.ts';
import { item } from '../support/value-stream-bytes.ts';
import {
  EOS_FRAME,
  replyBytes,
  requestBytes,
  streamFrame,
  u32le,
  u64le,
} from '../support/wire-bytes.ts';
import { withServer } from '../support/with-server.ts';

const GIVE: Verb<() => unknown> = verb(1);
const TAKE: Verb<(value: unknown) => void> = verb(2);
const ALIVE: Verb<() => string> = verb(3);

const CONSUME = laneFrame({ type: 'consume', number: 2 });
const SUBTYPE_VALUE_STREAM = 0x8c;

/** A value of one value stream, as a tuple. */
function offerOf(number: number | bigint, serializer = 'bson'): Buffer {
  return tupleOf(Buffer.concat([u64le(number), Buffer.from(serializer)]));
}

/** A tuple of binaries of the value streams' subtype. */
function tupleOf(...contents: readonly Buffer[]): Buffer {
  const document: Record<string, Buffer> = {};
  for (const [index, content] of contents.entries()) document[index] = content;
  const bytes = Buffer.from(serialize(document));
  // js-bson writes the subtype of plain bytes; each element is 05, key, 00, length, subtype, content.
  let at = 4;
  for (const content of contents) {
    bytes[at + 7] = SUBTYPE_VALUE_STREAM;
    at += 8 + content.length;
  }
  return bytes;
}

/** What comes first of a {@link Parked}. */
const FIRST_ITEM = item(0);

/** A producer of one item, that waits for its signal then. */
class Parked {
  started = 0;
  released = 0;

  async *items(signal: AbortSignal): AsyncGenerator<number> {
    this.started++;
    try {
      yield 0;
      await new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    } finally {
      this.released++;
    }
  }
}

type Join = (features?: Partial<Features>) => Promise<Joined>;

/** A client that the test plays, with a session. */
class PlayedClient {
  readonly main: RawPeer;
  readonly #session: PlayedSession;
  readonly #join: Join;
  #messageId = 0n;

  constructor(main: RawPeer, session: PlayedSession, join: Join) {
    this.main = main;
    this.#session = session;
    this.#join = join;
  }

  async lane(): Promise<RawPeer> {
    return (await this.#join(this.#session.child({ isLane: true }))).peer;
  }

  request(number: number | bigint, payload: Buffer): void {
    this.main.write(requestBytes(BigInt(number), ++this.#messageId, payload));
  }

  tell(...messages: readonly MainMessage[]): void {
    for (const one of messages) this.request(MAIN_MESSAGE_VERB, encodeMainMessage(one));
  }

  /** The main connection still answers, whatever else comes on it before. */
  async expectAlive(): Promise<void> {
    this.request(ALIVE.number, Buffer.from(serialize({})));
    const own = this.#messageId;
    for (;;) {
      const { messageId, payload } = await this.main.takeReply();
      if (messageId !== own) continue;
      expect(deserialize(payload)).to.deep.equal({ 0: 'alive' });
      return;
    }
  }
}

describe('a server with a hostile client', () => {
  interface World {
    readonly server: Server;
    readonly client: PlayedClient;
    /** Given as stream 2, then 4, and so on. */
    readonly sources: Parked[];
    /** What arguments brought. */
    readonly taken: unknown[];
  }

  async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
    await withServer(async ({ server }) => {
      const sources: Parked[] = [];
      const taken: unknown[] = [];
      server.handle(ALIVE, () => 'alive');
      server.handle(TAKE, (_context, value) => void taken.push(value));
      server.handle(GIVE, () => {
        const source = new Parked();
        sources.push(source);
        return stream((signal: AbortSignal) => source.items(signal));
      });
      await withPeers(server.address.port, async (join) => {
        const main = await join({ extension: PlayedSession.OFFER });
        const client = new PlayedClient(main.peer, new PlayedSession(main.answer), join);
        await run({ server, client, sources, taken });
      });
    });
  }

  /** Has the server promise stream 2. */
  async function give({ client }: World): Promise<void> {
    client.request(GIVE.number, Buffer.from(serialize({})));
    const { payload } = await client.main.takeReply();
    expect(payload.toString('hex')).to.contain('8c0200000000000000');
  }

  /** The lane is closed by the server. */
  async function expectClosed(lane: RawPeer): Promise<void> {
    await lane.takeAll();
    lane.end();
  }

  const misuses: readonly [what: string, bytes: readonly Buffer[]][] = [
    ['attaches twice', [CONSUME, CONSUME]],
    ['attaches on a lane that is busy', [CONSUME, laneFrame({ type: 'produce', number: 7 })]],
    ['sends a message on a lane that it reads', [CONSUME, message('a')]],
    [
      'sends headers on a lane that it reads',
      [CONSUME, laneFrame({ type: 'headers', document: Buffer.alloc(0) })],
    ],
    ['sends a message on an idle lane', [message('a')]],
    ['sends an end on an idle lane', [EOS_FRAME]],
    ['sends a count on an idle lane', [count(0)]],
    ['sends a lane frame that must be known', [u32le(0xffff_fffe), u32le(1), Buffer.of(128)]],
    ['sends a lane frame that is too long', [u32le(0xffff_fffe), u32le(65_537)]],
    ['sends a lane frame without a type', [u32le(0xffff_fffe), u32le(0)]],
    ['sends a stream that nobody asked for', [laneFrame({ type: 'produce', number: 2 })]],
    [
      'asks for a stream with a number of 7 bytes',
      [u32le(0xffff_fffe), u32le(8), Buffer.alloc(8, 1)],
    ],
    [
      'asks for a stream beyond 2^53',
      [u32le(0xffff_fffe), u32le(9), Buffer.of(1), Buffer.alloc(8, 0x7f)],
    ],
  ];
  for (const [what, bytes] of misuses) {
    it(`closes the lane, and nothing else, when it ${what}`, async () => {
      await withWorld(async (world) => {
        await give(world);
        const lane = await world.client.lane();
        lane.write(...bytes);
        await expectClosed(lane);
        await world.client.expectAlive();
        await until(() => world.sources.every(({ started, released }) => started === released));
      });
    });
  }

  it('passes over lane frames that it need not know', async () => {
    await withWorld(async (world) => {
      await give(world);
      const lane = await world.client.lane();
      lane.write(u32le(0xffff_fffe), u32le(5), Buffer.from('\x7fabcd'), CONSUME);
      await lane.take(FIRST_ITEM.length);
      await world.client.expectAlive();
    });
  });

  it('K8 answers demands for streams that are not there with an error, on a lane that lives', async () => {
    await withWorld(async (world) => {
      await give(world);
      const lane = await world.client.lane();
      for (const number of [0, 1, 3, 4, 1_000_000]) {
        lane.write(laneFrame({ type: 'consume', number }));
        const header = await lane.take(8);
        expect(header.subarray(0, 4)).to.deep.equal(u32le(0xffff_fffe));
        const content = await lane.take(header.readUInt32LE(4));
        expect(content[0]).to.equal(5);
        expect(await lane.take(4)).to.deep.equal(EOS_FRAME);
      }
      lane.write(CONSUME);
      await lane.take(FIRST_ITEM.length);
      expect(world.sources[0]?.started).to.equal(1);
    });
  });

  it('gives a stream to one lane only', async () => {
    await withWorld(async (world) => {
      await give(world);
      const [first, second] = [await world.client.lane(), await world.client.lane()];
      first.write(CONSUME);
      await first.take(FIRST_ITEM.length);
      second.write(CONSUME);
      expect((await second.take(9))[8]).to.equal(5);
      expect(world.sources[0]?.started).to.equal(1);
    });
  });

  it('ignores words about streams that are not there, and grows by nothing', async () => {
    await withWorld(async (world) => {
      const { client, server } = world;
      const flood = (): void => {
        for (let number = 0; number < 2_000; number++) {
          client.tell(
            { kind: 'stream-cancel', number, reason: Buffer.from('no document') },
            { kind: 'stream-refused', number, reason: Buffer.alloc(0) },
            { kind: 'streams-renew', numbers: [number, number + 1] },
          );
        }
      };
      flood();
      await client.expectAlive();
      const before = await heldBytes();
      for (let times = 0; times < 5; times++) {
        flood();
        await client.expectAlive();
      }
      expect((await heldBytes()) - before).to.be.below(2 * 1_048_576);
      expect(server.stats.connections, 'and one of ours').to.equal(2);
    });
  });

  it('ends the connection of a client that demands streams on it, as only a server may', async () => {
    await withWorld(async ({ client, sources }) => {
      client.tell({ kind: 'stream-open', number: 2 }, { kind: 'stream-open', number: 4 });
      await expectClosed(client.main);
      expect(sources).to.deep.equal([]);
    });
  });

  it('holds no more than its budgets for one that asks and does not read', async () => {
    await withWorld(async ({ client }) => {
      const before = await heldBytes();
      const lane = await client.lane();
      lane.pause();
      client.main.pause();
      const asks = Array.from({ length: 500 }, (_, number) =>
        laneFrame({ type: 'consume', number }),
      );
      for (let times = 0; times < 200; times++) {
        lane.write(...asks);
        for (let number = 0; number < 200; number++) client.tell({ kind: 'stream-open', number });
        await turns(2);
      }
      await turns(50);
      // What the test itself could not send is in it as well.
      expect((await heldBytes()) - before).to.be.below(16 * 1_048_576);
    });
  });

  it('survives many short streams in one piece', async () => {
    await withWorld(async ({ client }) => {
      const lane = await client.lane();
      lane.write(
        ...Array.from({ length: 3_000 }, () => [
          laneFrame({ type: 'produce', number: 2 }),
          EOS_FRAME,
        ]).flat(),
      );
      await expectClosed(lane);
      await client.expectAlive();
    });
  });

  it('lets its streams begin only once, and gives cancels of the wrong side no meaning', async () => {
    await withWorld(async (world) => {
      await give(world);
      const { client, sources } = world;
      const lane = await client.lane();
      lane.write(CONSUME);
      await lane.take(FIRST_ITEM.length);
      client.tell({ kind: 'stream-cancel', number: 3, reason: Buffer.alloc(0) });
      await client.expectAlive();
      expect(sources[0]?.released).to.equal(0);
      const cancel = {
        kind: 'stream-cancel',
        number: 2,
        reason: Buffer.from('no document'),
      } as const;
      client.tell(cancel, cancel, cancel);
      await client.expectAlive();
      await until(() => sources[0]?.released === 1);
    });
  });

  describe('that promises', () => {
    const malformed: readonly [what: string, payload: Buffer][] = [
      ['a number without a serializer', tupleOf(u64le(2))],
      ['a number of 7 bytes', tupleOf(Buffer.alloc(7))],
      ['a number beyond 2^53', offerOf(2n ** 53n)],
      ['a serializer that there is none of', offerOf(2, 'protobuf')],
      ['a serializer that is no text', tupleOf(Buffer.concat([u64le(2), Buffer.of(0xff)]))],
      ['a serializer that is too deep', offerOf(2, `packed(${'array('.repeat(10_000)}`)],
    ];
    for (const [what, payload] of malformed) {
      it(`is answered with an error: ${what}`, async () => {
        await withWorld(async ({ client, taken }) => {
          client.request(TAKE.number, payload);
          const { messageId } = await client.main.takeReply();
          expect(messageId).to.equal(-1n);
          expect(taken).to.deep.equal([]);
          await client.expectAlive();
        });
      });
    }

    it('the same number twice, in one value or in two, is answered with an error', async () => {
      await withWorld(async ({ client, taken }) => {
        const twice = Buffer.concat([u64le(2), Buffer.from('bson')]);
        client.request(TAKE.number, tupleOf(twice, twice));
        expect((await client.main.takeReply()).messageId, 'the first is released').to.equal(0n);
        expect((await client.main.takeReply()).messageId).to.equal(-1n);
        client.request(TAKE.number, offerOf(4));
        expect((await client.main.takeReply()).messageId).to.equal(2n);
        client.request(TAKE.number, offerOf(4));
        expect((await client.main.takeReply()).messageId).to.equal(-3n);
        expect(taken).to.have.length(1);
        await client.expectAlive();
      });
    });

    /** Has the server read stream 2 on a lane. */
    async function open(
      { client, taken }: World,
      serializer = 'bson',
    ): Promise<{ remote: RemoteStream<unknown>; first: Promise<unknown>; lane: RawPeer }> {
      client.request(TAKE.number, offerOf(2, serializer));
      await client.main.takeReply();
      const remote = taken[0] as RemoteStream<unknown>;
      const first = remote.read();
      first.catch(() => {});
      const { payload } = await client.main.takeReply();
      expect(payload).to.deep.equal(encodeMainMessage({ kind: 'stream-open', number: 2 }));
      const lane = await client.lane();
      lane.write(laneFrame({ type: 'produce', number: 2 }));
      return { remote, first, lane };
    }

    const headers = laneFrame({ type: 'headers', document: Buffer.from(serialize({ 0: {} })) });
    const streams: readonly [what: string, bytes: readonly Buffer[]][] = [
      ['headers twice', [headers, headers]],
      ['headers behind an item', [item(1), headers]],
      [
        'trailers twice',
        [
          laneFrame({ type: 'trailers', document: Buffer.alloc(0) }),
          laneFrame({ type: 'trailers', document: Buffer.alloc(0) }),
        ],
      ],
      ['an item behind the count', [item(1), count(1), item(2)]],
      ['another stream within it', [laneFrame({ type: 'produce', number: 4 })]],
      ['a lane frame that must be known', [u32le(0xffff_fffe), u32le(1), Buffer.of(255)]],
      ['a lane frame that is too long', [u32le(0xffff_fffe), u32le(65_537)]],
      ['an item that is too long', [u32le(16_777_217)]],
    ];
    for (const [what, bytes] of streams) {
      it(`X10 and sends ${what} fails that stream by its fault, not to be tried again, and closes its lane`, async () => {
        await withWorld(async (world) => {
          const { remote, lane } = await open(world);
          lane.write(...bytes);
          const reading = { next: () => remote.read() };
          const items = { [Symbol.asyncIterator]: () => reading };
          const error = await rejectionOf(collect(items), StreamClosedError);
          expect(error).to.include({ scope: 'stream', initiator: 'remote', retryable: false });
          const code =
            what === 'an item that is too long' ? 'ERR_MESSAGE_TOO_LARGE' : 'ERR_PROTOCOL';
          expect(error.cause).to.include({ code, initiator: 'remote', retryable: false });
          await lane.takeAll();
          await world.client.expectAlive();
        });
      });
    }

    it('and sends an item that does not decode fails that stream, and is told to stop', async () => {
      await withWorld(async (world) => {
        const { first, lane } = await open(world);
        lane.write(streamFrame(Buffer.from('no document')));
        const { cause } = await rejectionOf(first, StreamClosedError);
        expect(cause).to.have.property('code', 'ERR_SERIALIZATION');
        const { payload } = await world.client.main.takeReply();
        expect(payload.subarray(0, 9)).to.deep.equal(Buffer.concat([Buffer.of(5), u64le(2)]));
        lane.write(EOS_FRAME);
        await world.client.expectAlive();
      });
    });

    it('and sends an error that does not decode fails with one that says so', async () => {
      await withWorld(async (world) => {
        const { first, lane } = await open(world);
        lane.write(laneFrame({ type: 'error', document: Buffer.from('no document') }), EOS_FRAME);
        await rejectionOf(first, ProtocolError);
      });
    });

    it('X5 and sends metadata that does not decode gets the items read, and the metadata refused', async () => {
      await withWorld(async (world) => {
        const { remote, first, lane } = await open(world);
        lane.write(laneFrame({ type: 'headers', document: Buffer.from('no document') }));
        lane.write(item(7), count(1), EOS_FRAME);
        expect(await first).to.deep.equal({ done: false, value: 7 });
        await rejectionOf(remote.headers, ProtocolError);
      });
    });

    it('and sends items that promise a number twice fails that stream', async () => {
      await withWorld(async (world) => {
        const { first, lane } = await open(world);
        const promise = Buffer.concat([u64le(6), Buffer.from('bson')]);
        lane.write(streamFrame(tupleOf(promise)), streamFrame(tupleOf(promise)));
        await first;
        const { remote } = { remote: world.taken[0] as RemoteStream<unknown> };
        await rejectionOf(remote.read(), StreamClosedError);
        await world.client.expectAlive();
      });
    });

    it('and refuses it fails that stream with its error', async () => {
      await withWorld(async ({ client, taken }) => {
        client.request(TAKE.number, offerOf(2));
        await client.main.takeReply();
        const first = (taken[0] as RemoteStream<unknown>).read();
        first.catch(() => {});
        await client.main.takeReply();
        const reason = Buffer.from('no document');
        client.tell({ kind: 'stream-refused', number: 2, reason });
        client.tell({ kind: 'stream-refused', number: 2, reason });
        await rejectionOf(first, ProtocolError);
        await client.expectAlive();
      });
    });
  });

  it('takes no lane frames on children that are no lanes', async () => {
    await withRawStream({}, async ({ main, child, source }) => {
      child.write(count(0), EOS_FRAME);
      const { cause } = await rejectionOf(source.read(), StreamClosedError);
      expect(cause).to.include({ code: 'ERR_MESSAGE_TOO_LARGE', actualBytes: 0xffff_fffe });
      await expectAlive(main);
    });
  });
});

describe('a client with a hostile server', () => {
  interface World {
    readonly client: Client;
    readonly server: RawServer;
    readonly main: RawPeer;
    /** The next connection, which is a lane. */
    lane(): Promise<RawPeer>;
    tell(message: MainMessage): void;
    /** Answers the next call. */
    reply(payload: Buffer): Promise<void>;
  }

  async function withWorld(run: (world: World) => Promise<void>): Promise<void> {
    await withPlayedServer(async (client, server) => {
      const session = makeSessionKey(systemRandom());
      const extension = encodeExtension({ version: 2, session });
      const { peer: main } = await answer(server, { connectionId: 0x1230001n, extension });
      await client.whenReady();
      await run({
        client,
        server,
        main,
        async lane() {
          const own = encodeExtension({ version: 2 });
          return (await answer(server, { connectionId: 0x4560001n, extension: own })).peer;
        },
        tell: (one) => main.write(replyBytes(0n, encodeMainMessage(one))),
        async reply(payload) {
          const { messageId } = await main.takeRequest();
          main.write(replyBytes(messageId, payload));
        },
      });
    });
  }

  /** Has the client read stream 2. */
  async function open(
    world: World,
  ): Promise<{ remote: RemoteStream<unknown>; first: Promise<unknown>; lane: RawPeer }> {
    const calling = world.client.call(GIVE);
    await world.reply(offerOf(2));
    const remote = (await calling) as RemoteStream<unknown>;
    const first = remote.read();
    first.catch(() => {});
    const lane = await world.lane();
    expect(await lane.take(CONSUME.length)).to.deep.equal(CONSUME);
    return { remote, first, lane };
  }

  for (const [what, bytes] of [
    ['a demand', [CONSUME]],
    ['a stream', [laneFrame({ type: 'produce', number: 4 })]],
    ['a message behind its end', [count(0), EOS_FRAME, message('a')]],
  ] as const) {
    it(`closes the lane on which it sends ${what}`, async () => {
      await withWorld(async (world) => {
        const { first, lane } = await open(world);
        lane.write(...bytes);
        await lane.takeAll();
        const outcome = follow(first);
        await until(() => outcome.outcome !== undefined);
        expect(world.client.state).to.equal('connected');
      });
    });
  }

  it('closes a parked lane on which something comes, and dials another', async () => {
    await withWorld(async (world) => {
      const { first, lane } = await open(world);
      lane.write(count(0), EOS_FRAME);
      expect(await first).to.deep.equal({ done: true, value: undefined });
      lane.write(u32le(0xffff_fffe));
      lane.write(u32le(9), Buffer.of(1), u64le(4));
      await lane.takeAll();
      const calling = world.client.call(GIVE);
      await world.reply(offerOf(4));
      const next = ((await calling) as RemoteStream<unknown>).read();
      const second = await world.lane();
      await second.take(CONSUME.length);
      second.write(item(7), count(1), EOS_FRAME);
      expect(await next).to.deep.equal({ done: false, value: 7 });
    });
  });

  it('refuses demands for streams that are not there, and goes on', async () => {
    await withWorld(async (world) => {
      for (const number of [0, 2, 3]) world.tell({ kind: 'stream-open', number });
      for (const number of [0, 2, 3]) {
        const { verb: verbNumber, payload } = await world.main.takeRequest();
        expect(verbNumber).to.equal(MAIN_MESSAGE_VERB);
        expect(payload.subarray(0, 9)).to.deep.equal(Buffer.concat([Buffer.of(4), u64le(number)]));
      }
      expect(world.client.state).to.equal('connected');
    });
  });

  it('opens a stream once that it asks for twice', async () => {
    await withWorld(async (world) => {
      const counter = new Counter(2);
      const calling = world.client.call(TAKE, counter.items());
      await world.reply(Buffer.from(serialize({})));
      await calling;
      world.tell({ kind: 'stream-open', number: 2 });
      world.tell({ kind: 'stream-open', number: 2 });
      const lane = await world.lane();
      expect((await takeToEnd(lane)).includes(count(2))).to.equal(true);
      expect(counter.started).to.equal(1);
    });
  });

  it('ignores words about streams that are not there', async () => {
    await withWorld(async (world) => {
      const reason = Buffer.from('no document');
      for (let number = 0; number < 500; number++) {
        world.tell({ kind: 'stream-cancel', number, reason });
        world.tell({ kind: 'stream-taken', number });
        world.tell({ kind: 'streams-renew', numbers: [number] });
      }
      const calling = world.client.call(ALIVE);
      await world.reply(Buffer.from(serialize({ 0: 'alive' })));
      expect(await calling).to.equal('alive');
    });
  });

  it('lets go of a stream in a result that does not decode', async () => {
    await withWorld(async (world) => {
      const calling = world.client.call(GIVE);
      const twice = Buffer.concat([u64le(2), Buffer.from('bson')]);
      await world.reply(tupleOf(twice, twice));
      await rejectionOf(calling);
      const { payload } = await world.main.takeRequest();
      expect(payload.subarray(0, 9)).to.deep.equal(Buffer.concat([Buffer.of(5), u64le(2)]));
    });
  });

  it('lets go of its own streams when the server takes them and says nothing', async () => {
    await withWorld(async (world) => {
      const readable = new Readable({ objectMode: true, read() {} });
      const calling = world.client.call(TAKE, stream(readable as AsyncIterable<number>));
      await world.reply(Buffer.from(serialize({})));
      await calling;
      world.tell({ kind: 'stream-open', number: 2 });
      const lane = await world.lane();
      await lane.take(CONSUME.length);
      lane.reset();
      await until(() => readable.closed);
      await turns(5);
      expect(world.client.state).to.equal('connected');
    });
  });
});

/** All frames up to the end of stream. */
async function takeToEnd(lane: RawPeer): Promise<Buffer> {
  const frames: Buffer[] = [];
  for (;;) {
    const prefix = await lane.take(4);
    const length = prefix.readUInt32LE(0);
    if (length === 0xffff_ffff) return Buffer.concat(frames);
    const rest = length === 0xffff_fffe ? await lane.take(4) : Buffer.alloc(0);
    const content = await lane.take(rest.length > 0 ? rest.readUInt32LE(0) : length);
    frames.push(prefix, rest, content);
  }
}
