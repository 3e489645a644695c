import { AsyncLocalStorage } from 'node:async_hooks';
import { addAbortListener, once } from 'node:events';

import { expect } from 'chai';

import { nestContexts } from '../../lib/base/async-context.ts';
import { ContextualAbort } from '../../lib/base/contextual-abort.ts';

const place = new AsyncLocalStorage<string>();

/** Makes an abort, lets a test add its listeners, and aborts in other contexts. */
function abortAfter(add: (signal: AbortSignal, seen: (string | undefined)[]) => void): unknown[] {
  const seen: (string | undefined)[] = [];
  const abort = place.run('made', () => new ContextualAbort());
  place.run('added', () => add(abort.signal, seen));
  place.run('aborted', () => abort.abort('reason'));
  expect(abort.signal.reason).to.equal('reason');
  return seen;
}

describe('ContextualAbort', () => {
  it('calls a listener in the async context in which it was added', () => {
    const seen = abortAfter((signal, places) => {
      signal.addEventListener('abort', () => places.push(place.getStore()));
      signal.addEventListener('abort', { handleEvent: () => places.push(place.getStore()) });
      addAbortListener(signal, () => places.push(place.getStore()));
    });
    expect(seen).to.deep.equal(['added', 'added', 'added']);
  });

  it('does the same for onabort, and calls those of signals made of it where it was made', () => {
    const seen = abortAfter((signal, places) => {
      signal.onabort = () => places.push(place.getStore());
      AbortSignal.any([signal]).addEventListener('abort', () => places.push(place.getStore()));
    });
    expect(seen).to.deep.equal(['added', 'made']);
  });

  it('calls a listener once that was added twice, and not when it was removed', () => {
    const seen = abortAfter((signal, places) => {
      const twice = (): unknown => places.push('twice');
      const removed = (): unknown => places.push('removed');
      const unknown = (): void => {};
      for (const listener of [twice, twice, removed]) signal.addEventListener('abort', listener);
      signal.removeEventListener('abort', removed);
      signal.removeEventListener('abort', unknown);
    });
    expect(seen).to.deep.equal(['twice']);
  });

  it('gives a listener the event, with the signal as its target and as this', () => {
    abortAfter((signal, places) => {
      signal.addEventListener('abort', function (this: unknown, event) {
        expect([this, event.target]).to.deep.equal([signal, signal]);
        places.push(event.type);
      });
    });
  });

  it('works with what waits for a signal', async () => {
    const abort = new ContextualAbort();
    const waiting = once(abort.signal, 'abort');
    const any = AbortSignal.any([abort.signal]);
    abort.abort(new Error('enough'));
    await waiting;
    expect(any.aborted).to.equal(true);
  });
});

describe('nestContexts', () => {
  it('runs in both, the inner one having the last word', () => {
    const other = new AsyncLocalStorage<string>();
    const outer = place.run('outer', () => other.run('outer', () => AsyncLocalStorage.snapshot()));
    const inner = (work: () => void): void => place.run('inner', work);
    let seen: unknown[] = [];
    nestContexts(outer, inner)?.(() => (seen = [place.getStore(), other.getStore()]));
    expect(seen).to.deep.equal(['inner', 'outer']);
    expect([nestContexts(outer, undefined), nestContexts(undefined, inner)]).to.deep.equal([
      outer,
      inner,
    ]);
  });
});
