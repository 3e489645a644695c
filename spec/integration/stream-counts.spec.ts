import { expect } from 'chai';

import type { RemoteStream } from '../../lib/index.ts';
import { drain, Streams } from '../support/streams.ts';
import { withServer } from '../support/with-server.ts';

interface Store {
  lines(count: number): RemoteStream<string>;
}

const LINE_BYTES = 1_000;

const store = {
  async *lines(count: number) {
    for (let i = 0; i < count; i++) yield 'x'.repeat(LINE_BYTES);
  },
};

describe('the counts of a stream', () => {
  it('B2-24 tell a reader of a stream in a value how many items it has read, and the bytes that have come', async () => {
    await withServer(async ({ server, client }) => {
      server.expose('store', store);
      const lines = await client.api<Store>('store').lines(3);
      expect([lines.receivedItems, lines.receivedBytes]).to.deep.equal([0, 0]);
      await lines.read();
      expect(lines.receivedItems).to.equal(1);
      expect(lines.receivedBytes).to.be.greaterThan(LINE_BYTES);
      for (let batch; (batch = await lines.readBatch()) !== undefined;)
        expect(batch.length).to.be.at.least(1);
      const bytes = lines.receivedBytes;
      expect(lines.receivedItems).to.equal(3);
      expect(bytes).to.be.within(3 * LINE_BYTES, 4 * LINE_BYTES);
      const next = await client.api<Store>('store').lines(1);
      await next.read();
      expect([lines.receivedItems, lines.receivedBytes], 'the lane goes on').to.deep.equal([
        3,
        bytes,
      ]);
      next.cancel();
    });
  });

  it('B2-24 are there behind hooks of items, and agree with the snapshot', async () => {
    const read: unknown[] = [];
    await withServer(async ({ server, client }) => {
      server.expose('store', store);
      const api = client.api<Store>('store', {
        onReceive: (item) => {
          read.push(item);
          return item;
        },
      });
      const lines = await api.lines(5);
      await lines.read();
      await lines.read();
      const shown = client.snapshot().connections[0]?.streams[0];
      expect(shown).to.include({ items: lines.receivedItems, bytes: lines.receivedBytes });
      expect([lines.receivedItems, read.length]).to.deep.equal([2, 2]);
      lines.cancel();
      expect(lines.receivedItems, 'canceled').to.equal(2);
    });
  });

  it('B2-24 tell both ends of a verb’s stream, while it goes on and when it is over', async () => {
    await withServer(async ({ server, client }) => {
      const streams = new Streams(server, client);
      const { sink, source } = await streams.oneWay<[string]>();
      expect([sink.sentMessages, sink.sentBytes]).to.deep.equal([0, 0]);
      await sink.send('x'.repeat(LINE_BYTES));
      await sink.send('y');
      expect(sink.sentMessages).to.equal(2);
      expect(sink.sentBytes).to.be.greaterThan(LINE_BYTES);
      await source.read();
      expect(source.receivedMessages).to.equal(1);
      expect(source.receivedBytes).to.be.greaterThan(LINE_BYTES);
      await sink.close();
      expect(await drain(source)).to.have.length(1);
      expect([sink.sentMessages, source.receivedMessages]).to.deep.equal([2, 2]);
      expect(source.receivedBytes).to.equal(sink.sentBytes);
    });
  });
});
