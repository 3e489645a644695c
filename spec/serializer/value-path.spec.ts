import { expect } from 'chai';

import { formatPath } from '../../lib/serializer/value-path.ts';

describe('serializer/value-path', () => {
  it('writes a path as code would have it', () => {
    expect(formatPath([])).to.equal('');
    expect(formatPath([0, 'user', 'name', 2])).to.equal('[0].user.name[2]');
    expect(formatPath(['azAZ', 'x0'])).to.equal('.azAZ.x0');
    expect(formatPath([1, '$set', '_id', 'x9'])).to.equal('[1].$set._id.x9');
  });

  it('quotes names that are no identifiers, control characters escaped', () => {
    expect(formatPath(['full name'])).to.equal('["full name"]');
    expect(formatPath([''])).to.equal('[""]');
    expect(formatPath(['9x'])).to.equal('["9x"]');
    expect(formatPath(['a\n\u001b[2J'])).to.equal('["a\\n\\u001b[2J"]');
  });

  it('cuts long names', () => {
    expect(formatPath(['x'.repeat(64)])).to.equal(`.${'x'.repeat(64)}`);
    expect(formatPath(['x'.repeat(65)])).to.equal(`["${'x'.repeat(64)}…"]`);
  });
});
