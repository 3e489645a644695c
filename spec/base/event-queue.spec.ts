import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { EventQueue } from '../../lib/base/event-queue.ts';

const run = promisify(execFile);

function start(): { emitter: EventEmitter; queue: EventQueue; seen: unknown[] } {
  const emitter = new EventEmitter();
  const seen: unknown[] = [];
  for (const name of ['first', 'second', 'third']) {
    emitter.on(name, (...args) => void seen.push([name, ...args]));
  }
  return { emitter, queue: new EventQueue(emitter), seen };
}

describe('base/event-queue', () => {
  it('tells events at once, with what belongs to them', () => {
    const { queue, seen } = start();
    queue.tell('first', 1, { two: 2 });
    expect(seen).to.deep.equal([['first', 1, { two: 2 }]]);
    queue.tell('unheard');
    queue.tell('second', 3);
    expect(seen[1]).to.deep.equal(['second', 3]);
  });

  it('tells one event to all before the next, though a listener causes that', () => {
    const { emitter, queue, seen } = start();
    emitter.prependListener('first', () => {
      queue.tell('second');
      queue.tell('third');
    });
    emitter.prependOnceListener('second', () => queue.tell('first'));
    emitter.once('third', () => emitter.removeAllListeners('first'));
    queue.tell('first');
    expect(seen).to.deep.equal([['first'], ['second'], ['third']]);
  });

  it('tells listeners of `once` once, and every listener whose it is', () => {
    const { emitter, queue } = start();
    const owners: unknown[] = [];
    emitter.once('first', function (this: unknown) {
      owners.push(this);
    });
    queue.tell('first');
    queue.tell('first');
    expect(owners).to.have.length(1);
    expect(owners[0]).to.equal(emitter);
  });

  it('goes on after a listener that throws, whose error is an uncaught exception', async () => {
    const script = fileURLToPath(new URL('fixtures/throwing-listener.js', import.meta.url));
    const { stdout } = await run(process.execPath, [script]);
    expect(stdout.trim().split('\n')).to.deep.equal([
      'the next listener',
      'whoever told it',
      'uncaught: a listener’s own',
    ]);
  });
});
