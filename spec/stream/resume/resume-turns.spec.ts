import { expect } from 'chai';

import { ResumeTurns } from '../../../lib/stream/resume/resume-turns.ts';
import { systemClock } from '../../../lib/base/clock.ts';
import { turns } from '../../support/turns.ts';

/** Streams by name, in the order in which their turns have come. */
class Streams {
  readonly turns: ResumeTurns = new ResumeTurns(systemClock);
  readonly begun: string[] = [];

  enter(name: string, isAwaited = false): void {
    void this.turns.enter(isAwaited).then(() => this.begun.push(name));
  }
}

describe('ResumeTurns', () => {
  it('lets 16 streams begin, and another one for each that leaves, in order', async () => {
    const streams = new Streams();
    for (let number = 1; number <= 20; number++) streams.enter(`${number}`);
    await turns(1);
    expect(streams.begun).to.deep.equal(Array.from({ length: 16 }, (_, at) => `${at + 1}`));
    streams.turns.leave();
    streams.turns.leave();
    await turns(1);
    expect(streams.begun.slice(16)).to.deep.equal(['17', '18']);
    for (let left = 0; left < 18; left++) streams.turns.leave();
    await turns(1);
    expect(streams.begun.slice(18)).to.deep.equal(['19', '20']);
  });

  it('begins with those that a reader waits for, also when they come last', async () => {
    const streams = new Streams();
    for (let number = 1; number <= 16; number++) streams.enter(`${number}`);
    streams.enter('awaited', true);
    await turns(1);
    expect(streams.begun[0]).to.equal('awaited');
    expect(streams.begun).to.have.length(16).and.not.include('16');
    streams.enter('late', true);
    streams.turns.leave();
    await turns(1);
    expect(streams.begun.slice(16)).to.deep.equal(['late']);
  });
});
