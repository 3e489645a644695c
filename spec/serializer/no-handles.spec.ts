import { expect } from 'chai';

import { MisuseError } from '../../lib/errors/errors.ts';
import { NO_HANDLES } from '../../lib/serializer/no-handles.ts';
import { raw } from '../../lib/serializer/raw.ts';

describe('values that can not hold streams', () => {
  it('take and give no sinks', () => {
    for (const step of [() => NO_HANDLES.describe({}), () => NO_HANDLES.resolve(1n, undefined)]) {
      expect(step)
        .to.throw(
          MisuseError,
          /^a sink can only be passed in the arguments or the result of a call$/,
        )
        .and.include({ scope: 'stream' });
    }
  });

  it('take and give no iterables', () => {
    for (const step of [() => NO_HANDLES.offer({}), () => NO_HANDLES.accept(1, raw)]) {
      expect(step)
        .to.throw(MisuseError, /^a verb's stream takes no streams in its messages$/)
        .and.include({ scope: 'stream' });
    }
  });

  it('name no other serializer', () => {
    expect(NO_HANDLES.serializerNamed('any', raw)).to.equal(raw);
  });
});
