import { expect } from 'chai';

import { type Client, createClient, listen, verb } from '../../lib/index.ts';
import { i32, optional, packed, string } from '../../lib/layout.ts';
import { MisuseError } from '../../lib/errors/errors.ts';
import { UnknownExceptionError } from '../../lib/errors.ts';
import { hex } from '../support/chunks.ts';
import { RawPeer } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { rejectionOf } from '../support/rejection.ts';
import { echo } from '../support/seapeer-verbs.ts';

/*
 * What the captured conversations leave open, byte by byte: answers that Seastar's server would not
 * give, and layouts that seapeer has no verb for.
 */

const MAGIC = '53535441 52525043';
const NO_FEATURES = `${MAGIC} 00000000`;
const twoResults = verb(20, { args: packed(), result: packed(i32, string) });
const trailing = verb(21, {
  args: packed(i32, optional(string)),
  result: packed(i32, optional(string)),
});

/** Runs a test with our client, which offers nothing, and the server that it has connected to. */
async function withRawServer(
  answer: string,
  run: (client: Client, server: RawPeer) => Promise<void>,
): Promise<void> {
  await using listener = await RawServer.start();
  const client = createClient({
    reconnect: false,
    host: '127.0.0.1',
    port: listener.port,
    extension: false,
    sendTimeout: false,
    sendHandlerDuration: false,
  });
  try {
    const server = await listener.accept();
    expect(await server.takeNegotiation()).to.deep.equal(hex(NO_FEATURES));
    server.write(hex(answer));
    await client.whenReady();
    await run(client, server);
  } finally {
    await client.abort();
  }
}

describe('the wire beyond the captured conversations', () => {
  it('S-W2 passes over what an answer has beside what it knows, and takes the first of two ids', () =>
    withRawServer(
      `${MAGIC} 2b000000
       02000000 08000000 0000010000000000
       02000000 08000000 0000020000000000
       63000000 03000000 010203`,
      async (client) => {
        expect(client.connectionId).to.equal(0x10000n);
      },
    ));

  it('S-W5 opens no stream where the server gave no id', () =>
    withRawServer(NO_FEATURES, async (client) => {
      const { message } = await rejectionOf(client.makeStreamSink(), MisuseError);
      expect(message).to.equal('Streaming is not supported by the server');
    }));

  it('S-W9 S-W10 counts its calls from 1 and takes their replies in any order', () =>
    withRawServer(NO_FEATURES, async (client, server) => {
      const calls = [client.call(echo, 'a'), client.call(echo, 'b')];
      expect(await server.take(50)).to.deep.equal(
        hex(`0100000000000000 0100000000000000 05000000 01000000 61
             0100000000000000 0200000000000000 05000000 01000000 62`),
      );
      server.write(
        hex(`0200000000000000 06000000 02000000 4242
             0100000000000000 06000000 02000000 4141`),
      );
      expect(await Promise.all(calls)).to.deep.equal(['AA', 'BB']);
    }));

  it('S-W13 reports an exception of a type that it does not know', () =>
    withRawServer(NO_FEATURES, async (client, server) => {
      const call = client.call(echo, 'a');
      await server.take(25);
      server.write(hex('ffffffffffffffff 0a000000 07000000 02000000 cafe'));
      expect((await rejectionOf(call, UnknownExceptionError)).exceptionType).to.equal(7);
    }));

  it('S-W16 reads the results of a call that has several, one behind the other', () =>
    withRawServer(NO_FEATURES, async (client, server) => {
      const call = client.call(twoResults);
      expect(await server.take(20)).to.deep.equal(
        hex('1400000000000000 0100000000000000 00000000'),
      );
      server.write(hex('0100000000000000 0a000000 fdffffff 02000000 6869'));
      expect(await call).to.deep.equal([-3, 'hi']);
    }));

  it('S-W16 S-W17 writes several results, leaves out what is absent and passes over what is unknown', async () => {
    await using server = await listen({ host: '127.0.0.1', port: 0 });
    server.handle(twoResults, () => [-3, 'hi']);
    server.handle(trailing, (_, number, text) => [number, text]);
    const peer = await RawPeer.connect(server.address.port);
    peer.write(
      hex(`1400000000000000 0100000000000000 00000000
           1500000000000000 0200000000000000 04000000 07000000
           1500000000000000 0300000000000000 0b000000 08000000 02000000 6f6b ff`),
    );
    expect(await peer.take(22 + 16 + 22)).to.deep.equal(
      hex(`0100000000000000 0a000000 fdffffff 02000000 6869
           0200000000000000 04000000 07000000
           0300000000000000 0a000000 08000000 02000000 6f6b`),
    );
    await peer.destroy();
  });
});
