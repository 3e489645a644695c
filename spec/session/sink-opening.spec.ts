import { expect } from 'chai';

import { CanceledError, TimeoutError } from '../../lib/errors/errors.ts';
import { raw } from '../../lib/serializer/raw.ts';
import { openSink } from '../../lib/session/sink-opening.ts';
import { AttachmentBench } from '../support/attachment-bench.ts';
import { rejectionOf } from '../support/rejection.ts';

/** An opener, and the signals that it was given. */
function openerOf(bench: AttachmentBench): {
  openChild: AttachmentBench['attachment']['dialChild'];
  signals: AbortSignal[];
} {
  const signals: AbortSignal[] = [];
  return {
    signals,
    openChild: (given) => {
      signals.push(...given);
      // A late child comes all the same.
      return bench.attachment.dialChild([]);
    },
  };
}

describe('openSink', () => {
  it('gives the sink of the connection that was opened', async () => {
    const bench = await AttachmentBench.start();
    const { clock } = bench.network.environment;
    for (const bounds of [{}, { timeoutMs: 1_000 }]) {
      const opening = openSink(openerOf(bench), { serializer: raw }, clock, bounds);
      await bench.network.settle();
      bench.network.peer.answer(bench.network.ourChild(BigInt(bench.network.peers.length)));
      const sink = await opening;
      await sink.send(Buffer.from('a'));
      await bench.network.settle();
      expect(bench.network.peer.recorder.bytes.subarray(-5).toString('hex')).to.equal('0100000061');
    }
    await bench.close();
  });

  it('gives up in time, or when its signal fires, and ends a stream that comes too late', async () => {
    const bench = await AttachmentBench.start();
    const { clock } = bench.network.environment;
    const cancel = new AbortController();
    const cases = [
      [{ timeoutMs: 50 }, () => clock.advance(50), TimeoutError],
      [{ signal: cancel.signal }, () => cancel.abort('enough'), CanceledError],
    ] as const;
    for (const [bounds, giveUp, kind] of cases) {
      const opener = openerOf(bench);
      const opening = rejectionOf<Error>(
        openSink(opener, { serializer: raw }, clock, bounds),
        kind,
      );
      await bench.network.settle();
      giveUp();
      const error = await opening;
      expect(opener.signals.map(({ reason }) => reason as unknown)).to.deep.equal([error]);
      bench.network.peer.answer(bench.network.ourChild(BigInt(bench.network.peers.length)));
      await bench.network.settle();
      expect(bench.network.peer.isEnded).to.equal(true);
    }
    await bench.close();
  });
});
