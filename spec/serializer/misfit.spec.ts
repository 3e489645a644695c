import { expect } from 'chai';

import { SerializationError, StreamNotFoundError } from '../../lib/errors/errors.ts';
import { Misfit, misfitAt, toSerializationError } from '../../lib/serializer/misfit.ts';

describe('serializer/misfit', () => {
  it('gathers the path as it passes the containers', () => {
    const inner = misfitAt('name', new Misfit('too long'));
    const error = toSerializationError(misfitAt(1, misfitAt(3, inner)), 'local');
    expect(error).to.be.instanceOf(SerializationError).that.includes({
      message: '[1][3].name: too long',
      path: '[1][3].name',
      initiator: 'local',
    });
  });

  it('wraps what a foreign codec throws and keeps it as the cause', () => {
    const cause = new RangeError('not a date');
    const error = toSerializationError(misfitAt(0, cause), 'remote');
    expect(error).to.include({ message: '[0]: not a date', initiator: 'remote', cause });
    expect(toSerializationError('odd', 'remote')).to.include({ message: 'odd', path: '' });
  });

  it('leaves errors of the family as they are', () => {
    const error = new StreamNotFoundError('no stream 5', 'remote');
    expect(toSerializationError(misfitAt(0, error), 'remote')).to.equal(error);
  });

  it('blames the given side for an error that is none of ours, and keeps it as the cause', () => {
    const cause = new TypeError('odd');
    expect(toSerializationError(cause, 'remote')).to.include({ initiator: 'remote', cause });
    expect(new Misfit('x').name).to.equal('Misfit');
  });
});
