import { expect } from 'chai';
import { Readable } from 'node:stream';

import { packed, i32, string } from '../../lib/layout.ts';
import {
  RemoteError,
  type RemoteStream,
  seastar,
  type Source,
  stream,
  UnsupportedError,
  type Verb,
  verb,
} from '../../lib/index.ts';
import { encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { collect, Counter } from '../support/passing.ts';
import { NO_FEATURES, RawPeer } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { rejectionOf } from '../support/rejection.ts';
import { sendAll } from '../support/streams.ts';
import { until } from '../support/turns.ts';
import { requestBytes, userExceptionText } from '../support/wire-bytes.ts';
import { withClient, withServer } from '../support/with-server.ts';

const CALL: Verb<(...args: unknown[]) => unknown> = verb(1);
const ADD = verb(2, { args: packed(i32, i32), result: packed(i32) });

describe('K12 streams in values with a peer that does not speak our extension', () => {
  for (const side of ['client', 'server'] as const) {
    it(`K12 are refused in arguments, and nothing is sent, where the ${side} does not`, async () => {
      await withServer({ [side]: { extension: false } }, async ({ server, client }) => {
        let calls = 0;
        server.handle(CALL, () => void calls++);
        const readable = new Readable({ read() {} });
        const error = await rejectionOf(client.call(CALL, { deep: [readable] }), UnsupportedError);
        expect(error).to.include({ code: 'ERR_UNSUPPORTED' });
        await until(() => readable.closed);
        await client.call(CALL);
        expect(calls, 'the call that it stood in was not sent').to.equal(1);
      });
    });

    it(`K12 are refused in results, by an error that says so, where the ${side} does not`, async () => {
      await withServer({ [side]: { extension: false } }, async ({ server, client }) => {
        const readable = new Readable({ read() {} });
        server.handle(CALL, () => ({ rows: readable }));
        const error = await rejectionOf(client.call(CALL), RemoteError);
        expect(error.message).to.match(/extension/);
        await until(() => readable.closed);
        server.handle(ADD, (_context, a, b) => a + b);
        expect(await client.call(ADD, 2, 3), 'the connection lives').to.equal(5);
      });
    });
  }

  for (const [what, extension] of [
    ['a plain Seastar', undefined],
    ['a peer of version 1', encodeExtension({ version: 1 })],
  ] as const) {
    it(`K12 a client sends ${what} not a byte of such a call`, async () => {
      await using server = await RawServer.start();
      await withClient({ port: server.port }, async (client) => {
        const peer = await server.acceptNegotiated({ ...NO_FEATURES, connectionId: 1n, extension });
        await rejectionOf(client.call(CALL, stream([1])), UnsupportedError);
        void client.call(ADD, 2, 3).catch(() => {});
        const { verb: number, messageId } = await peer.takeRequest();
        expect([number, messageId]).to.deep.equal([2n, 1n]);
        await client.abort();
      });
    });

    it(`K12 a server answers ${what} with a text, and serves it on`, async () => {
      await withServer(async ({ server }) => {
        server.handle(CALL, () => new Counter().items());
        const peer = await RawPeer.connect(server.address.port, { ...NO_FEATURES, extension });
        peer.write(requestBytes(1, 1n, Buffer.from('0500000000', 'hex')));
        const { messageId, payload } = await peer.takeReply();
        expect(messageId).to.equal(-1n);
        expect(userExceptionText(payload)).to.match(/extension/);
        await peer.destroy();
      });
    });
  }

  it('K12 are refused where a serializer has no place for them, on either side', async () => {
    const text = verb(3, { args: packed(string), result: packed(string) });
    await withServer(async ({ server, client }) => {
      server.handle(text, () => new Counter().items() as unknown as string);
      await rejectionOf(client.call(text, new Counter().items() as unknown as string));
      await rejectionOf(client.call(text, 'a'), RemoteError);
    });
  });

  it('K12 are refused in the messages of a verb’s stream', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(CALL, () => {});
      const sink = await client.makeStreamSink<[unknown]>();
      expect(() => sink.send(stream([1]))).to.throw(/takes no streams/);
      sink.abort();
    });
  });

  it('verbs’ own streams work beside it, as ever', async () => {
    const read = verb<(source: Source<[number]>) => number>(4);
    for (const options of [{ both: { extension: false } }, seastar]) {
      await withServer(options, async ({ server, client }) => {
        server.handle(read, async (_context, source) => {
          let sum = 0;
          for await (const [number] of source) sum += number;
          return sum;
        });
        const sink = await client.makeStreamSink<[number]>();
        const sum = client.call(read, sink);
        await sendAll(sink, [[1], [2], [3]]);
        expect(await sum).to.equal(6);
      });
    }
  });

  it('verbs’ own streams work beside streams in values on one connection', async () => {
    const read = verb<(source: Source<[number]>) => unknown>(4);
    await withServer(async ({ server, client }) => {
      server.handle(read, (_context, source) =>
        (async function* () {
          for await (const [number] of source) yield number * 2;
        })(),
      );
      const sink = await client.makeStreamSink<[number]>();
      const remote = (await client.call(read, sink)) as RemoteStream<number>;
      const doubled = collect(remote);
      await sendAll(sink, [[1], [2], [3]]);
      expect(await doubled).to.deep.equal([2, 4, 6]);
    });
  });
});
