import { expect } from 'chai';

import { AwaySessions, type AwaySession } from '../../../lib/call/resume/away-sessions.ts';

const LIMITS = { maxAwaySessions: 5, maxAwaySessionBytes: 1_000, maxAwaySessionsPerClient: 3 };

class Session implements AwaySession {
  readonly name: string;
  readonly shares: AwaySession['shares'];
  bytes: number;

  constructor(name: string, address: string | undefined, principal?: string, bytes = 10) {
    this.name = name;
    this.shares = { address, principal };
    this.bytes = bytes;
  }
}

function namesOf(sessions: readonly Session[]): string[] {
  return sessions.map(({ name }) => name);
}

describe('AwaySessions', () => {
  it('keeps all within the bounds, the oldest first', () => {
    const away = new AwaySessions<Session>(LIMITS);
    for (const name of ['a', 'b', 'c']) {
      expect(away.add(new Session(name, 'one'))).to.deep.equal([]);
    }
    expect([namesOf(away.all()), away.size, away.bytes]).to.deep.equal([['a', 'b', 'c'], 3, 30]);
  });

  it('ends the oldest of an address that is over its share, and nobody else’s', () => {
    const away = new AwaySessions<Session>(LIMITS);
    away.add(new Session('other', 'two'));
    for (const name of ['a', 'b', 'c']) away.add(new Session(name, 'one'));
    expect(namesOf(away.add(new Session('d', 'one')))).to.deep.equal(['a']);
    expect(namesOf(away.all())).to.deep.equal(['other', 'b', 'c', 'd']);
  });

  it('ends the oldest of a principal that is over its share, from whatever address', () => {
    const away = new AwaySessions<Session>(LIMITS);
    for (const name of ['a', 'b', 'c']) away.add(new Session(name, name, 'eve'));
    expect(namesOf(away.add(new Session('d', 'd', 'eve')))).to.deep.equal(['a']);
  });

  it('counts no share for clients on this machine without a principal', () => {
    const away = new AwaySessions<Session>(LIMITS);
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      expect(away.add(new Session(name, undefined))).to.deep.equal([]);
    }
    expect(namesOf(away.add(new Session('f', undefined)))).to.deep.equal(['a']);
  });

  it('Over budget: greedy one’s oldest ends, where there are too many in all', () => {
    const away = new AwaySessions<Session>(LIMITS);
    for (const address of ['x', 'y', 'z']) away.add(new Session(address, address));
    for (const name of ['a', 'b']) away.add(new Session(name, 'one'));
    expect(namesOf(away.add(new Session('last', 'w')))).to.deep.equal(['a']);
  });

  it('ends the oldest of all where several have most, though they came by turns', () => {
    const away = new AwaySessions<Session>(LIMITS);
    for (const [name, address] of ['ax', 'by', 'cz', 'dy', 'ex']) {
      away.add(new Session(name!, address));
    }
    const ended = ['f', 'g', 'h'].map((name) => namesOf(away.add(new Session(name, name))));
    expect(ended).to.deep.equal([['a'], ['b'], ['c']]);
  });

  it('finds the one to end in few steps, however many are away', () => {
    let looks = 0;
    const lost = (address: string): AwaySession => ({
      bytes: 1,
      get shares() {
        looks++;
        return { address, principal: undefined };
      },
    });
    const away = new AwaySessions({ ...LIMITS, maxAwaySessions: 1_000, maxAwaySessionBytes: 1e6 });
    for (let count = 0; count < 1_000; count++) away.add(lost(`${count}`));
    looks = 0;
    expect(away.add(lost('next'))).to.have.length(1);
    expect(looks).to.be.below(10);
  });

  it('Over budget: greedy one’s oldest ends, where all take too many bytes', () => {
    const away = new AwaySessions<Session>(LIMITS);
    away.add(new Session('small', 'one', undefined, 100));
    away.add(new Session('older', 'two', undefined, 100));
    const grown = new Session('grown', 'two', undefined, 100);
    away.add(grown);
    grown.bytes = 801;
    expect(namesOf(away.resize(grown))).to.deep.equal(['older']);
    grown.bytes = 950;
    expect(namesOf(away.resize(grown))).to.deep.equal(['grown']);
    expect([namesOf(away.all()), away.bytes]).to.deep.equal([['small'], 100]);
  });

  it('ends at once what alone is over the bound', () => {
    const away = new AwaySessions<Session>(LIMITS);
    expect(namesOf(away.add(new Session('huge', 'one', undefined, 2_000)))).to.deep.equal(['huge']);
    expect([away.size, away.bytes]).to.deep.equal([0, 0]);
  });

  it('forgets the share of a session that is back', () => {
    const away = new AwaySessions<Session>(LIMITS);
    const sessions = ['a', 'b', 'c'].map((name) => new Session(name, 'one', 'eve'));
    for (const session of sessions) away.add(session);
    expect(away.remove(sessions[1]!)).to.equal(true);
    expect(away.remove(sessions[1]!)).to.equal(false);
    expect([away.has(sessions[1]!), away.has(sessions[0]!)]).to.deep.equal([false, true]);
    expect(away.resize(sessions[1]!)).to.deep.equal([]);
    expect(away.add(new Session('d', 'one', 'eve'))).to.deep.equal([]);
    expect(away.bytes).to.equal(30);
  });
});
