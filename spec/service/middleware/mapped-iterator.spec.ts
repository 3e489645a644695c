import { expect } from 'chai';

import { StreamClosedError } from '../../../lib/errors/errors.ts';
import { MappedIterator } from '../../../lib/service/middleware/mapped-iterator.ts';
import { rejectionOf } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

const DONE = { done: true, value: undefined };

/** Items that never come: leaving fails the step that waits, as the iterators of streams do. */
class Nothing implements AsyncIterator<unknown> {
  readonly thrown: unknown[] = [];
  #fail: ((error: Error) => void) | undefined;

  next(): Promise<IteratorResult<unknown>> {
    return new Promise((_resolve, reject) => void (this.#fail = reject));
  }

  return(): Promise<IteratorResult<unknown>> {
    this.#fail?.(new StreamClosedError('left', 'local'));
    return Promise.resolve({ done: true, value: undefined });
  }

  throw(error: unknown): Promise<never> {
    this.thrown.push(error);
    this.#fail?.(new StreamClosedError('left', 'local'));
    return Promise.reject(error);
  }
}

describe('MappedIterator', () => {
  it('K3 fails the step that waits when it is left: it is not the end', async () => {
    const mapped = new MappedIterator(new Nothing(), (item) => item);
    const step = mapped.next();
    expect(await mapped.return()).to.deep.equal(DONE);
    await rejectionOf(step, StreamClosedError);
    expect(await mapped.next()).to.deep.equal(DONE);
  });

  it('leaves no unhandled rejection when nobody waits for such a step', async () => {
    const mapped = new MappedIterator(new Nothing(), (item) => item);
    void mapped.next();
    expect(await mapped.return()).to.deep.equal(DONE);
    await turns(2);
  });

  it('K8 throws what is thrown into it, and passes it on', async () => {
    const items = new Nothing();
    const mapped = new MappedIterator(items, (item) => item);
    const step = mapped.next();
    const error = new RangeError('not this way');
    expect(await rejectionOf(mapped.throw(error), RangeError)).to.equal(error);
    expect(items.thrown).to.deep.equal([error]);
    await rejectionOf(step, StreamClosedError);
  });
});
