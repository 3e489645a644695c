import { expect } from 'chai';

import { MisuseError } from '../../../lib/errors/errors.ts';
import { CallContext } from '../../../lib/service/context/call-context.ts';
import { callContext, currentCall, runInCall } from '../../../lib/service/context/current-call.ts';
import { handlerContext } from '../support/handler-context.ts';

function context(path: string): CallContext {
  return new CallContext({ service: 's', path, maxMetadataBytes: 0 }, handlerContext());
}

describe('service/current-call', () => {
  it('is there for the time of a call, also behind its awaits', async () => {
    const seen = await runInCall(context('a'), async () => {
      const before = callContext();
      await new Promise((resolve) => void setImmediate(resolve));
      return [before, callContext()];
    });
    expect(seen.map(({ method }) => method)).to.deep.equal(['a', 'a']);
  });

  it('keeps calls that run at the same time apart', async () => {
    const run = (path: string): Promise<string> =>
      runInCall(context(path), async () => {
        await Promise.resolve();
        return callContext().method;
      });
    expect(await Promise.all([run('a'), run('b')])).to.deep.equal(['a', 'b']);
  });

  it('hands arguments and result through', () => {
    expect(runInCall(context('a'), (x: number, y: number) => x + y, 2, 3)).to.equal(5);
  });

  it('is not there outside of a call', () => {
    expect(currentCall()).to.equal(undefined);
    expect(() => callContext()).to.throw(MisuseError, /no call context here/);
  });
});
