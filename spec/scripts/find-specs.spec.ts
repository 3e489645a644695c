import { expect } from 'chai';

import { findSpecs, similarSpecs } from '../../scripts/ci/find-specs.ts';

const PATHS = [
  'spec/readme.spec.ts',
  'spec/stream/lane/lane-pool.spec.ts',
  'spec/stream/lane/lane.mutants.ts',
  'spec/stream/lane/lane.spec.ts',
  'spec/support/lane-bench.ts',
  'spec/wire/response-frame.spec.ts',
];

describe('findSpecs', () => {
  it('finds specs by a part of their path, and nothing else', () => {
    expect(findSpecs(PATHS, 'lane/lane')).to.deep.equal([
      'spec/stream/lane/lane-pool.spec.ts',
      'spec/stream/lane/lane.spec.ts',
    ]);
    expect(findSpecs(PATHS, 'lane-bench')).to.deep.equal([]);
  });

  it('finds one spec by a part that only it has', () => {
    expect(findSpecs(PATHS, 'readme.spec')).to.deep.equal(['spec/readme.spec.ts']);
    expect(findSpecs(PATHS, 'lane/lane.spec')).to.deep.equal(['spec/stream/lane/lane.spec.ts']);
  });
});

describe('similarSpecs', () => {
  it('finds names with other letters or words in them, the most similar first', () => {
    expect(similarSpecs(PATHS, 'lane/lanepool')).to.deep.equal([
      'spec/stream/lane/lane-pool.spec.ts',
      'spec/stream/lane/lane.spec.ts',
    ]);
    expect(similarSpecs(PATHS, 'reply-frame')).to.deep.equal(['spec/wire/response-frame.spec.ts']);
  });

  it('finds nothing where nothing is similar', () => {
    expect(similarSpecs(PATHS, 'keepalive')).to.deep.equal([]);
  });
});
