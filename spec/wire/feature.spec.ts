import { expect } from 'chai';

import { FEATURE } from '../../lib/wire/feature.ts';

describe('wire/feature', () => {
  it('S-W2 has the numbers of Seastar, and one of ours far above them', () => {
    expect(FEATURE).to.deep.equal({
      COMPRESS: 0,
      TIMEOUT: 1,
      CONNECTION_ID: 2,
      STREAM_PARENT: 3,
      ISOLATION: 4,
      HANDLER_DURATION: 5,
      EXTENSION: 0x534c_0001,
    });
  });
});
