import { expect } from 'chai';

import { sharedAbortController } from '../../lib/base/shared-abort.ts';
import { turns } from '../support/turns.ts';

describe('sharedAbortController', () => {
  it('makes a signal that any number may listen to, without a warning', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): void => void warnings.push(warning);
    process.on('warning', onWarning);
    const { signal } = sharedAbortController();
    for (let count = 0; count < 100; count++) signal.addEventListener('abort', () => {});
    await turns(2);
    process.off('warning', onWarning);
    expect(warnings).to.deep.equal([]);
  });

  it('aborts with the reason that it is given', () => {
    const controller = sharedAbortController();
    const reason = new Error('enough');
    controller.abort(reason);
    expect(controller.signal).to.include({ aborted: true, reason });
  });
});
