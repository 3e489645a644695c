import { expect } from 'chai';

import { SerializationError, type Sink, type Source, verb } from '../../lib/index.ts';
import { bson, i32, packed, record, shaped, sinkOf, sourceOf, string } from '../../lib/layout.ts';
import { rejectionOf } from '../support/rejection.ts';
import { withServer } from '../support/with-server.ts';

const SUM = verb(1, { args: packed(sourceOf(i32)), result: packed(i32) });
const NAME = verb(2, { args: packed(sourceOf(i32)), result: packed(sinkOf(string)) });
const ROWS = verb(3, { args: shaped(sourceOf(record({ n: i32 }))), result: packed(i32) });

async function sum(_context: unknown, numbers: Source<[number]>): Promise<number> {
  let total = 0;
  for await (const [number] of numbers) total += number;
  return total;
}

describe('the serializer of a stream', () => {
  it('is the one that the verb declares, where its sink was made without one', async () => {
    await withServer(async ({ client, server }) => {
      server.handle(SUM, sum);
      const sink = await client.makeStreamSink<[number]>();
      const total = client.call(SUM, sink);
      await sink.send(0x01020304);
      // bson would take more.
      expect(client.snapshot().connections[0]?.streams[0]?.bytes).to.equal(8);
      await sink.send(1);
      await sink.close();
      expect(await total).to.equal(0x01020305);
    });
  });

  it('is the one that the verb declares in the other direction too, and in records', async () => {
    await withServer(async ({ client, server }) => {
      server.handle(NAME, (_context, numbers) => {
        const names = numbers.makeSink<[string]>();
        void sendNames(numbers, names);
        return names;
      });
      server.handle(ROWS, async (_context, rows) => {
        let total = 0;
        for await (const [{ n }] of rows) total += n;
        return total;
      });
      const sink = await client.makeStreamSink<[number]>();
      const names = await client.call(NAME, sink);
      await sink.send(7);
      await sink.close();
      expect(await names.read()).to.deep.equal(['number 7']);
      expect(await names.read()).to.equal(undefined);

      const rows = await client.makeStreamSink<[{ n: number }]>();
      const total = client.call(ROWS, rows);
      await rows.send({ n: 5 });
      await rows.close();
      expect(await total).to.equal(5);
    });
  });

  it('is written by a Writable over a sink that was made without one', async () => {
    await withServer(async ({ client, server }) => {
      server.handle(SUM, sum);
      const sink = await client.makeStreamSink<[number]>();
      const writable = sink.toWritable();
      const total = client.call(SUM, sink);
      writable.write(2);
      writable.end(3);
      expect(await total).to.equal(5);
    });
  });

  it('must be that of the verb: an other one, or one that was used, is refused by its name', async () => {
    await withServer(async ({ client, server }) => {
      server.handle(SUM, sum);
      const chosen: Sink<[number]> = await client.makeStreamSink({ serializer: bson });
      const used = await client.makeStreamSink<[number]>();
      await used.send(1);
      for (const sink of [chosen, used]) {
        const { message } = await rejectionOf(client.call(SUM, sink), SerializationError);
        expect(message).to.equal(
          '[0]: takes a stream of packed(i32), got one of bson;' +
            ' make the sink with the serializer packed(i32)',
        );
        sink.abort();
      }
    });
  });
});

async function sendNames(numbers: Source<[number]>, names: Sink<[string]>): Promise<void> {
  for await (const [number] of numbers) await names.send(`number ${number}`);
  await names.close();
}
