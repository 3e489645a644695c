import { expect } from 'chai';

import type { Features } from '../../lib/wire/feature.ts';
import { encodeNegotiation } from '../../lib/wire/negotiation-frame.ts';
import { NO_FEATURES } from '../support/raw-peer.ts';
import { type Attempt, pending, ResumeBench, said } from '../support/resume-bench.ts';

/** Longer than all attempts take. */
const KEEP_MS = 36_000_000;
/** The longest delay before an attempt. */
const DELAY_MS = 10_000;

function answerBytes(features: Partial<Features>): Buffer {
  return encodeNegotiation({ ...NO_FEATURES, ...features });
}

describe('a client whose server’s answer is cut off', () => {
  for (const [what, answerTo] of [
    [
      'that goes on',
      (bench: ResumeBench, { offer }: Attempt) => bench.resumed(offer, 6n, { received: 1 }),
    ],
    // The session of this answer is none that the client has got.
    ['that begins anew', (bench: ResumeBench) => bench.another(6n)],
  ] as const) {
    it(`Cut at each byte: resumed or new, here within an answer ${what}`, async () => {
      const bench = await ResumeBench.start();
      const peer = await bench.connect(5n, { keepMs: KEEP_MS });
      const call = bench.call('a');
      await bench.client.network.settle();
      await bench.lose(peer);
      let cuts = 0;
      for (let length = 1; cuts < length; cuts++) {
        const attempt = await bench.attempt(DELAY_MS);
        const answer = answerBytes(answerTo(bench, attempt));
        ({ length } = answer);
        attempt.peer.recorder.write(answer.subarray(0, cuts));
        await bench.client.network.settle();
        expect(said(attempt.peer), `after ${cuts} bytes`).to.deep.equal([]);
        await bench.lose(attempt.peer);
        expect(bench.client.core.state, `after ${cuts} bytes`).to.equal('reconnecting');
      }
      expect(cuts).to.be.above(80);
      const { peer: last, offer } = await bench.attempt(DELAY_MS);
      expect(offer.resume).to.deep.equal({ sessionId: bench.key.id, firstId: 5n, received: 0 });
      last.answer(bench.resumed(offer, 7n, { received: 1 }));
      await bench.client.network.settle();
      expect(said(last)).to.deep.equal([[2, pending(1)]]);
      last.reply(1n, Buffer.from('b'));
      expect(await call).to.deep.equal(Buffer.from('b'));
      await bench.close();
    });
  }
});
