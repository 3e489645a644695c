import { expect } from 'chai';

import { StreamClosedError } from '../../lib/errors/errors.ts';
import type { Source } from '../../lib/index.ts';
import { collectUntil } from '../support/collect-garbage.ts';
import { CollectedLog } from '../support/collected-log.ts';
import { rejectionOf } from '../support/rejection.ts';
import { expectNothingLeft, TAKE } from '../support/resumed-pair.ts';
import { until } from '../support/turns.ts';
import { type Pair, withServer } from '../support/with-server.ts';

/** A reader of everything, who is not known to be done with the last messages. */
const READERS: Readonly<Record<string, (source: Source<[string]>) => Promise<void>>> = {
  'a batch with the end behind it': async (source) => {
    await until(() => source.bufferedBytes > 0);
    expect(await source.readBatch()).to.deep.equal([['one'], ['two']]);
  },
  'the end, without an acknowledgement of its own': async (source) => {
    source.ack = 'manual';
    for await (const [text] of source) expect(text).to.be.oneOf(['one', 'two']);
  },
};

/** A stream that was sent as a whole, and the box with its source. */
async function sent({ server, client }: Pair): Promise<{
  confirmed: Promise<void>;
  box: { source: Source<[string]> | undefined };
}> {
  const box: { source: Source<[string]> | undefined } = { source: undefined };
  server.handle(TAKE, (_context, texts) => {
    box.source = texts;
  });
  const sink = await client.makeStreamSink<[string]>({ resumable: true });
  await sink.send('one');
  await sink.send('two');
  const confirmed = sink.closeAndConfirm();
  confirmed.catch(() => {});
  await client.call(TAKE, sink);
  return { confirmed, box };
}

describe('a resumable stream of a verb that its reader leaves behind the last message', () => {
  for (const [title, read] of Object.entries(READERS)) {
    it(`L10 is over when it is canceled: ${title}`, async () => {
      await withServer({}, async (pair) => {
        const { confirmed, box } = await sent(pair);
        await read(box.source!);
        expect(pair.client.snapshot().connections[0]!.streams).to.have.length(1);
        box.source!.cancel('no more');
        await rejectionOf(confirmed, StreamClosedError);
        await expectNothingLeft(pair);
      });
    });

    it(`L10 is over when it is dropped: ${title}`, async () => {
      const log = new CollectedLog();
      await withServer({ server: { logger: log } }, async (pair) => {
        const { confirmed, box } = await sent(pair);
        await read(box.source!);
        box.source = undefined;
        await collectUntil(() => pair.server.stats.streamLeaked === 1);
        await rejectionOf(confirmed, StreamClosedError);
        expect(log.lines.join(' ')).to.contain('a stream was dropped without an end');
        await expectNothingLeft(pair);
      });
    });
  }
});
