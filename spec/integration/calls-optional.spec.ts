import { expect } from 'chai';

import {
  array,
  bytes,
  f64,
  i32,
  map,
  type Member,
  optional,
  packed,
  type Serializer,
  string,
} from '../../lib/layout.ts';
import { verb, type Verb } from '../../lib/index.ts';
import { withRawClient } from '../support/raw-peer.ts';
import { RawServer } from '../support/raw-server.ts';
import { replyBytes, requestBytes } from '../support/wire-bytes.ts';
import { withClient, withServer } from '../support/with-server.ts';

/**
 * The verbs of Seastar's `demos/rpc_demo.cc` that show what old and new versions of a program can do
 * together: one side declares trailing members that the other does not have.
 */
describe('calls: optional trailing members', () => {
  const one = packed(i32);
  const twoMaybe = packed(i32, optional(f64));
  const three = packed(i32, f64, string);
  const threeMaybe = packed(i32, optional(f64), optional(string));

  const arguments_: [
    what: string,
    client: Serializer,
    server: Serializer,
    sent: unknown[],
    got: unknown[],
  ][] = [
    ['verb 9: fewer than the server may take', one, twoMaybe, [1], [1, undefined]],
    ['verb 9: all that the server may take', packed(i32, f64), twoMaybe, [1, 2.5], [1, 2.5]],
    ['verb 9_1: more than the server knows', packed(i32, f64), one, [1, 2.5], [1]],
    ['verb 9_2: several more than the server knows', three, one, [1, 2.5, 'x'], [1]],
    ['verb 9_2: some more than the server knows', three, twoMaybe, [1, 2.5, 'x'], [1, 2.5]],
    [
      'verb 9: only the first of several optional ones',
      packed(i32, f64),
      threeMaybe,
      [1, 2.5],
      [1, 2.5, undefined],
    ],
    ['verb 9: none of several optional ones', one, threeMaybe, [1], [1, undefined, undefined]],
    ['optional ones on both sides, left out', twoMaybe, threeMaybe, [1], [1, undefined, undefined]],
    [
      'optional ones on both sides, given as undefined',
      threeMaybe,
      twoMaybe,
      [1, undefined, undefined],
      [1, undefined],
    ],
    ['optional ones on both sides, given', threeMaybe, twoMaybe, [1, 2.5, 'x'], [1, 2.5]],
  ];
  for (const [what, client, server, sent, got] of arguments_) {
    it(`S-W17 arguments, ${what}`, async () => {
      await withServer(async (pair) => {
        let heard: unknown[] | undefined;
        pair.server.handle(untyped(verb(9, { args: server })), (_context, ...args) => {
          heard = args;
        });
        await pair.client.call(untyped(verb(9, { args: client })), ...sent);
        expect(padded(heard, got.length)).to.deep.equal(got);
      });
    });
  }

  const results: [
    what: string,
    server: Serializer,
    client: Serializer,
    sent: unknown,
    got: unknown,
  ][] = [
    ['verb 10: fewer than the client may take', one, twoMaybe, 1, [1, undefined]],
    ['verb 10: all that the client may take', packed(i32, f64), twoMaybe, [1, 2.5], [1, 2.5]],
    ['verb 10_1: more than the client knows', packed(i32, f64), one, [1, 2.5], 1],
    ['verb 10_1: several more than the client knows', three, one, [1, 2.5, 'x'], 1],
    ['verb 10: left out by the server', twoMaybe, twoMaybe, [1], [1, undefined]],
    [
      'verb 11: nothing where the client may take one',
      packed(),
      packed(optional(i32)),
      undefined,
      undefined,
    ],
    ['verb 11: one where the client knows none', one, packed(), 1, undefined],
    ['verb 11: one where the client may take one', one, packed(optional(i32)), 1, 1],
  ];
  for (const [what, server, client, sent, got] of results) {
    it(`S-W17 results, ${what}`, async () => {
      await withServer(async (pair) => {
        const args = packed();
        pair.server.handle(untyped(verb(10, { args, result: server })), () => sent);
        const result = await pair.client.call(untyped(verb(10, { args, result: client })));
        expect(Array.isArray(got) ? padded(result, got.length) : result).to.deep.equal(got);
      });
    });
  }

  it('S-W17 with BSON, members that one side does not know are ignored or undefined', async () => {
    const old = verb<(a: number) => number>(12);
    const grown = verb<(a: number, b?: string) => number>(12);
    await withServer(async ({ server, client }) => {
      let heard: unknown[] = [];
      server.handle(grown, (_context, ...args) => {
        heard = args;
        return args.length;
      });
      expect(await client.call(old, 1)).to.equal(1);
      expect(heard).to.deep.equal([1]);
      expect(await client.call(grown, 1, 'x')).to.equal(2);
      await server.unhandle(grown);
      server.handle(old, (_context, a) => a + 1);
      expect(await client.call(grown, 1, 'x')).to.equal(2);
    });
  });

  it('S-W17 what is absent takes no bytes, and what is not known is passed over', async () => {
    const grown = verb(9, { args: threeMaybe, result: twoMaybe });
    await withServer(async ({ server }) => {
      server.handle(grown, (_context, a, b) => (b === undefined ? [a] : [a, b]));
      await withRawClient(server.address.port, async (peer) => {
        peer.write(requestBytes(9, 1n, Buffer.from('01000000', 'hex')));
        expect((await peer.takeReply()).payload.toString('hex')).to.equal('01000000');
        const all = '02000000 0000000000000440 01000000 78 ff ff'.replaceAll(' ', '');
        peer.write(requestBytes(9, 2n, Buffer.from(all, 'hex')));
        expect((await peer.takeReply()).payload.toString('hex')).to.equal(
          '020000000000000000000440',
        );
      });
    });
  });

  it('S-W16 the members of a tuple follow each other without framing', async () => {
    const pair = verb(13, { args: packed(i32, string), result: packed(i32, string) });
    await using server = await RawServer.start();
    await withClient({ port: server.port }, async (client) => {
      const peer = await server.acceptNegotiated();
      const call = client.call(pair, 1, 'ab');
      const bothMembers = '0100000002000000' + '6162';
      expect((await peer.takeRequest()).payload.toString('hex')).to.equal(bothMembers);
      peer.write(replyBytes(1n, Buffer.from(bothMembers, 'hex')));
      expect(await call).to.deep.equal([1, 'ab']);
    });
  });

  it('verb 11 and all other kinds of members pass both ways', async () => {
    const member: Member<Map<string, number[]>> = map(string, array(i32));
    const all = verb(11, { args: packed(member, bytes), result: packed(bytes, member) });
    await withServer(async ({ server, client }) => {
      server.handle(all, (_context, values, data) => [data, values]);
      const values = new Map([['a', [1, 2]]]);
      const [data, returned] = await client.call(all, values, Buffer.from('xyz'));
      expect(Buffer.from(data).toString()).to.equal('xyz');
      expect(returned).to.deep.equal(values);
    });
  });
});

/** A verb as a program in another language has it: of the same number and another signature. */
function untyped(
  typed: Verb<(...args: never[]) => unknown>,
): Verb<(...args: unknown[]) => unknown> {
  return typed as unknown as Verb<(...args: unknown[]) => unknown>;
}

/** Members that were left out at the end count as undefined. */
function padded(members: unknown, length: number): unknown[] {
  return Array.from({ length }, (_member, index) => (members as unknown[])[index]);
}
