import { expect } from 'chai';

import { listTargets, specsOf } from '../../../../scripts/mutants/library/targets.ts';

const SPECS = [
  'spec/base/byte-queue-pieces.spec.ts',
  'spec/base/byte-queue.spec.ts',
  'spec/base/clock.spec.ts',
  'spec/base/waiting-steps.spec.ts',
];

describe('the targets of the mutants that a library makes', () => {
  it('are each proved by the spec of their name and those whose names go on from there', () => {
    expect(specsOf('lib/base/byte-queue.ts', SPECS)).to.deep.equal(SPECS.slice(0, 2));
    expect(specsOf('lib/base/clock.ts', SPECS)).to.deep.equal([SPECS[2]]);
  });

  it('are proved by their folder, or the next one above, where they have no spec of their own', () => {
    expect(specsOf('lib/base/turns.ts', SPECS)).to.deep.equal(SPECS);
    expect(specsOf('lib/base/fixtures/one.ts', SPECS)).to.deep.equal(SPECS);
  });

  it('are proved by the spec of another file as well, where that one is made of them', () => {
    expect(specsOf('lib/serializer/bson/element-scan.ts', SPECS)).to.include(
      'spec/serializer/bson/tuple-scan.spec.ts',
    );
  });

  it('each have a spec', () => {
    const targets = listTargets();
    expect(targets.map(({ file }) => file)).to.include('lib/call/server/dispatcher.ts');
    expect(targets.filter(({ specs }) => specs.length === 0)).to.deep.equal([]);
  });
});
