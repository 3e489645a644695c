import { expect } from 'chai';

import { MAIN_MESSAGE_VERB } from '../../../lib/call/common/main-messages.ts';
import { Handlers } from '../../../lib/call/server/handlers.ts';
import { MisuseError } from '../../../lib/errors/errors.ts';
import { verb } from '../../../lib/verb/verb.ts';
import { follow } from '../../support/rejection.ts';
import { turns } from '../../support/turns.ts';

const echo = verb<() => void>(7);
const nothing = (): void => {};

describe('Handlers', () => {
  it('test_handler_registration: finds what was added, and adds it once', () => {
    const handlers = new Handlers();
    expect(handlers.hasAny).to.be.false;
    handlers.add(echo, nothing, {});
    expect(handlers.hasAny).to.be.true;
    expect(handlers.has(7)).to.be.true;
    expect(handlers.has(8)).to.be.false;
    expect(() => handlers.add(verb(7), nothing, {})).to.throw(
      MisuseError,
      'registered handler already exists for verb 7',
    );
  });

  it('knows a verb by its number, however large and however it was written', () => {
    const handlers = new Handlers();
    handlers.add(verb(2n ** 64n - 1n), nothing, {});
    handlers.add(verb(5n), nothing, {});
    expect(handlers.has(2n ** 64n - 1n)).to.be.true;
    expect(handlers.has(verb(5).number)).to.be.true;
  });

  it('keeps the verb of main messages to itself', () => {
    expect(() => new Handlers().add(verb(MAIN_MESSAGE_VERB), nothing, {})).to.throw(
      MisuseError,
      'reserved',
    );
  });

  it('E1-verbs finds nothing by the names of prototypes', () => {
    const handlers = new Handlers();
    for (const name of ['constructor', '__proto__', 'toString']) {
      // What comes off the wire is a number; this proves that no property look-up is behind it.
      expect(handlers.get(name as unknown as number)).to.equal(undefined);
    }
  });

  it('test_unregister_handler: waits for the running ones, and only for those', async () => {
    const handlers = new Handlers();
    handlers.add(echo, nothing, {});
    const old = handlers.get(7)!;
    old.running.enter();
    old.running.enter();
    const removed = follow(handlers.remove(7));
    expect(handlers.has(7)).to.be.false;
    handlers.add(echo, nothing, {});
    handlers.get(7)!.running.enter();
    old.running.leave();
    await turns(1);
    expect(removed.outcome).to.equal(undefined);
    old.running.leave();
    await turns(1);
    expect(removed.outcome).to.deep.equal({ value: undefined });
  });

  it('removes at once what is idle, or is not there', async () => {
    const handlers = new Handlers();
    handlers.add(echo, nothing, {});
    await handlers.remove(7);
    await handlers.remove(7);
    expect(handlers.hasAny).to.be.false;
  });
});
