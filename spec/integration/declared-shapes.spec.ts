import { expect } from 'chai';

import { array, i32, optional, record, sourceOf, string } from '../../lib/layout.ts';
import { RemoteError, SerializationError, type Sink, type Source, verb } from '../../lib/index.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withServer } from '../support/with-server.ts';

const row = record({ seq: i32, key: string, tags: optional(array(string)) });

interface Row {
  seq: number;
  key: string;
  tags?: string[] | undefined;
}

const ROWS: Row[] = Array.from({ length: 100 }, (_, seq) => ({
  seq,
  key: `key ${seq}`,
  ...(seq % 3 === 0 && { tags: ['a', `b${seq}`] }),
}));

/** The same verbs with a declared shape and without; either end may know either. */
const DECLARED = {
  last: verb(1, { args: record({ rows: array(row) }), result: row }),
  copy: verb(2, { args: record({ rows: sourceOf(row) }), result: record({ count: i32 }) }),
};
const PLAIN = {
  last: verb<(request: { rows: Row[] }) => Row>(1),
  copy: verb<(request: { rows: Source<[Row]> }) => { count: number }>(2),
};

describe('declared shapes', () => {
  for (const [what, caller, callee, sent] of [
    ['a declared caller and a declared handler', DECLARED, DECLARED, row],
    ['a declared caller and a plain handler', DECLARED, PLAIN, row],
    ['a plain caller and a declared handler', PLAIN, DECLARED, undefined],
  ] as const) {
    it(`carry calls and streams between ${what}`, async () => {
      await withServer(async ({ server, client }) => {
        const received: Row[] = [];
        server.handle(callee.last, (_context, { rows }) => {
          const last = rows.at(-1);
          if (last === undefined) throw new Error('there are no rows');
          return last;
        });
        server.handle(callee.copy, async (_context, { rows }) => {
          for await (const [one] of rows) received.push(one);
          return { count: received.length };
        });

        const last = await client.call(caller.last, { rows: ROWS });
        expect(last).to.deep.equal(ROWS.at(-1));
        const sink: Sink<[Row]> = await client.makeStreamSink({ serializer: sent });
        const copied = client.call(caller.copy, { rows: sink });
        for (const one of ROWS) await sink.send(one);
        await sink.close();
        expect(await copied).to.deep.equal({ count: ROWS.length });
        expect(received).to.deep.equal(ROWS);
      });
    });
  }

  it('carry the other direction of a stream', async () => {
    const open = verb<(input: Source<[string]>) => Sink<[Row]>>(3);
    const feed = verb(4, { args: record({ input: sourceOf(record({ from: i32 })) }), result: row });
    await withServer(async ({ server, client }) => {
      server.handle(open, (context, input) => {
        const output = input.makeSink({ serializer: row });
        context.background(async () => {
          for (const one of ROWS) await output.send(one);
          await output.close();
        });
        return output;
      });
      server.handle(feed, async (_context, { input }) => {
        const [{ from }] = (await input.read()) ?? [{ from: -1 }];
        return ROWS[from] ?? { seq: from, key: 'none' };
      });

      const source = await client.call(open, await client.makeStreamSink<[string]>());
      const received: Row[] = [];
      for await (const [one] of source) received.push(one);
      expect(received).to.deep.equal(ROWS);

      const sink = await client.makeStreamSink({ serializer: record({ from: i32 }) });
      const found = client.call(feed, { input: sink });
      await sink.send({ from: 7 });
      expect(await found).to.deep.equal(ROWS[7]);
      await sink.close();
    });
  });

  it('refuse what does not fit where it is sent, and where it arrives', async () => {
    await withServer(async ({ server, client }) => {
      server.handle(DECLARED.last, (_context, { rows }) => rows[0] ?? { seq: 0, key: '' });
      const wrong = { rows: [{ seq: 0.5, key: 'k' }] };
      const local = await rejectionOf(client.call(DECLARED.last, wrong), SerializationError);
      expect(local).to.include({ path: '[0].rows[0].seq', initiator: 'local' });
      const remote = await rejectionOf(client.call(PLAIN.last, wrong), RemoteError);
      expect(remote.message).to.contain('[0].rows[0].seq');
      expect(await client.call(PLAIN.last, { rows: [{ seq: 1, key: 'k' }] })).to.deep.equal({
        seq: 1,
        key: 'k',
      });
    });
  });
});
