import { expect } from 'chai';

import { startFinishAlarm, startIdleAlarm } from '../../../lib/stream/child/child-alarms.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';

const LIMITS = { childIdleMs: 10_000, finishTimeoutMs: 10_000 };

describe('the alarms of a child connection', () => {
  for (const [title, start, text] of [
    ['E2 a connection that no call names', startIdleAlarm, 'no call named the stream'],
    ['S-S8 a finished one that its peer does not end', startFinishAlarm, 'did not end a finished'],
  ] as const) {
    it(`${title} is given up after its time, and not before what came meanwhile was read`, async () => {
      const environment = testEnvironment(LIMITS);
      const { clock } = environment;
      const causes: unknown[] = [];
      start(environment, (cause) => causes.push(cause));
      const named = start(environment, (cause) => causes.push(cause));
      clock.advance(9_999);
      await turns(3);
      clock.advance(1);
      expect(causes, 'the process may wake only now').to.deep.equal([]);
      // The bytes that it reads then may name the stream, or end it.
      named.clear();
      await turns(3);
      expect(causes.map(String)).to.have.length(1);
      expect(String(causes[0])).to.contain(text);
      expect(clock.pendingTimers).to.equal(0);
    });
  }
});
