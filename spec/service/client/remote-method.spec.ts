import { expect } from 'chai';

import { surroundingsOf } from '../../../lib/base/surroundings.ts';
import { RemoteMethod } from '../../../lib/service/client/remote-method.ts';
import { verb } from '../../../lib/verb/verb.ts';

function method(): RemoteMethod {
  return new RemoteMethod({
    service: 's',
    path: 'm',
    name: 's/m',
    verb: verb(1),
    fullVerb: verb(2),
    surroundings: surroundingsOf(),
  });
}

async function* nothing(): AsyncGenerator<never> {}

describe('service/remote-method', () => {
  it('knows nothing before its first result, which it gives back', () => {
    const one = method();
    expect(one.kind).to.equal('unknown');
    const result = { a: 1 };
    expect(one.learn(result)).to.equal(result);
    expect(one.kind).to.equal('value');
  });

  it('learns that it streams, and does not forget it', () => {
    const one = method();
    one.learn(undefined);
    one.learn(nothing());
    expect(one.kind).to.equal('stream');
    one.learn(undefined);
    expect(one.kind).to.equal('stream');
  });
});
