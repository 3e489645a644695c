import { expect } from 'chai';
import { Repetitions } from '../../../scripts/demo/repetitions.ts';

describe('scripts/demo: repetitions', () => {
  it('counts the entries whose keys have come before, within a batch and across batches', () => {
    const repetitions = new Repetitions();
    const entries = (...keys: string[]): [Buffer, Buffer][] =>
      keys.map((key) => [Buffer.from(key), Buffer.of(1)]);
    repetitions.look(entries('a', 'a\0', 'b'));
    expect(repetitions.count).to.equal(0);
    repetitions.look(entries('b', 'c', 'c', 'd'));
    expect(repetitions.count).to.equal(2);
    repetitions.look(entries('a', 'b', 'e'));
    expect(repetitions.count).to.equal(4);
  });
});
