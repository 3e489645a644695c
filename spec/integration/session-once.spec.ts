import { expect } from 'chai';

import { KEPT_REPLY_MS } from '../../lib/call/client/reply-reader.ts';
import { RefusedError, StatusError, verb } from '../../lib/index.ts';
import { raw } from '../../lib/serializer/raw.ts';
import type { RawMain } from '../support/raw-session.ts';
import { inMemory } from '../support/passing.ts';
import { rejectionOf } from '../support/rejection.ts';
import { SessionServer } from '../support/session-server.ts';
import { turns } from '../support/turns.ts';
import { withServer } from '../support/with-server.ts';
import { requestBytes } from '../support/wire-bytes.ts';

const COUNT = 1;
const FAIL = 2;
const NOTE = 3;
const RAW = { args: raw, result: raw };
const NOTHING = Buffer.alloc(0);

/** A server whose verbs count their runs. */
class Bench {
  readonly net: SessionServer;
  runs = 0;

  private constructor(net: SessionServer) {
    this.net = net;
    const { server } = net;
    const once = { once: true };
    server.handle(verb(COUNT, RAW), (_context, size) => this.#run(size), once);
    server.handle(
      verb(FAIL, RAW),
      () => {
        this.runs++;
        throw new Error('as asked');
      },
      once,
    );
    server.handle(verb(NOTE, { ...RAW, noWait: true }), () => this.#run(NOTHING), once);
  }

  static async start(sessionReplyBytes?: number): Promise<Bench> {
    return new Bench(await SessionServer.start({ serializer: raw, sessionReplyBytes }));
  }

  /** The client comes back as if the frames behind this one had not come. */
  async comeBack(main: RawMain, received: number, ...pending: number[]): Promise<RawMain> {
    main.session.received = received;
    await this.net.cut(main);
    const back = await this.net.resume(main);
    back.listCalls(...pending);
    return back;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.net[Symbol.asyncDispose]();
  }

  /** The number of the run, in as many bytes as the first one of the argument says. */
  #run(size: Uint8Array): Buffer {
    this.runs++;
    return Buffer.alloc(1 + (size[0] ?? 0), this.runs);
  }
}

describe('calls that run once', () => {
  it('have their replies repeated until the client has received them, and do not run again', async () => {
    await using bench = await Bench.start();
    let main = await bench.net.connect();
    const call = main.call(COUNT);
    expect((await main.takeReply()).payload).to.deep.equal(Buffer.of(1));
    for (const _ of [1, 2]) {
      main = await bench.comeBack(main, 0, call);
      expect((await main.takeReply()).payload).to.deep.equal(Buffer.of(1));
    }
    main.tell({ kind: 'received', position: main.session.received });
    await main.settle();
    main = await bench.comeBack(main, main.session.received, call);
    expect((await main.takeReply()).exception).to.include({ kind: 'lost' });
    expect(bench.runs).to.equal(1);
  });

  it('have their errors repeated as well', async () => {
    await using bench = await Bench.start();
    const main = await bench.net.connect();
    const call = main.call(FAIL);
    const { exception } = await main.takeReply();
    expect(exception).to.deep.equal({ kind: 'user', text: 'as asked' });
    const back = await bench.comeBack(main, 0, call);
    expect((await back.takeReply()).exception).to.deep.equal(exception);
    expect(bench.runs).to.equal(1);
  });

  it('run once when the connection is cut at any byte of the request, or of the reply', async () => {
    await using bench = await Bench.start();
    const request = (id: number): Buffer => requestBytes(COUNT, BigInt(id), NOTHING);
    let main = await bench.net.connect();
    for (let end = 0, runs = 1; end <= request(1).length; end++, runs++) {
      const id = ++main.session.lastId;
      const { received } = main.session;
      main.peer.write(request(id).subarray(0, end));
      await turns(3);
      main.session.received = received;
      await bench.net.cut(main);
      main = await bench.net.resume(main);
      const hasCome = main.answer.resumed!.received >= id;
      main.listCalls(...(hasCome ? [id] : []));
      if (!hasCome) main.call(COUNT);
      expect((await main.takeReply()).payload).to.deep.equal(Buffer.of(runs));
      expect(bench.runs).to.equal(runs);
    }
  });

  it('are refused before they run while as much is kept as may be', async () => {
    await using bench = await Bench.start(350);
    const main = await bench.net.connect();
    main.call(COUNT, Buffer.of(40));
    await main.takeReply();
    main.call(COUNT, Buffer.of(40));
    await main.takeReply();
    main.call(COUNT);
    expect((await main.takeReply()).exception).to.include({
      kind: 'refused',
      text: 'no more replies are kept for the client (sessionReplyBytes)',
    });
    expect(bench.runs).to.equal(2);
    main.tell({ kind: 'received', position: 1 });
    main.call(COUNT);
    expect((await main.takeReply()).payload).to.deep.equal(Buffer.of(3));
  });

  it('have a reply that is too large to be kept sent all the same', async () => {
    await using bench = await Bench.start(200);
    const main = await bench.net.connect();
    const call = main.call(COUNT, Buffer.of(200));
    expect((await main.takeReply()).payload).to.have.length(201);
    const back = await bench.comeBack(main, 0, call);
    expect((await back.takeReply()).exception).to.include({ kind: 'lost' });
  });

  it('run at most once where nobody waits for a reply', async () => {
    await using bench = await Bench.start(0);
    const main = await bench.net.connect();
    main.call(NOTE);
    await main.settle();
    expect(bench.runs).to.equal(1);
    expect(bench.net.sessions.away()).to.deep.equal([]);
  });
});

describe('replies that are kept until their client has them', () => {
  const ROOM = { sessionReplyBytes: 300 };
  const TURNS = 20;

  it('make room 50 ms later where the verb says that its calls run once', async () => {
    const { clock, ...options } = inMemory({ server: ROOM, client: { reconnect: true } });
    await withServer(options, async ({ server, client }) => {
      const next = verb<() => number>(COUNT, { once: true });
      let runs = 0;
      server.handle(next, () => ++runs);
      for (let round = 0; round < 3; round++) {
        expect([await client.call(next), await client.call(next)]).to.have.length(2);
        await rejectionOf(client.call(next), RefusedError);
        clock.advance(KEPT_REPLY_MS);
        await turns(TURNS);
      }
      expect(runs).to.equal(6);
    });
  });

  it('make room 50 ms later where the server has told that a method runs once', async () => {
    const { clock, ...options } = inMemory({ server: ROOM, client: { reconnect: true } });
    await withServer(options, async ({ server, client }) => {
      let runs = 0;
      const counter = { count: () => ++runs };
      server.expose('counter', counter, { methods: { count: { once: true } } });
      const api = client.api<typeof counter>('counter');
      const fill = async (): Promise<void> => {
        await api.count();
        await api.count();
        expect(await rejectionOf(api.count(), StatusError)).to.include({
          status: 'resource-exhausted',
        });
        clock.advance(KEPT_REPLY_MS);
        await turns(TURNS);
      };
      await fill();
      await rejectionOf(api.count(), StatusError);
      await client.describe();
      await rejectionOf(api.count(), StatusError);
      clock.advance(KEPT_REPLY_MS);
      await turns(TURNS);
      await fill();
      await fill();
      expect(runs).to.equal(6);
    });
  });
});
