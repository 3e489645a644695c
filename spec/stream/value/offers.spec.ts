import { expect } from 'chai';
import { Readable } from 'node:stream';

import { RefusedError } from '../../../lib/errors/errors.ts';
import type { Limits } from '../../../lib/index.ts';
import { KeptMemory } from '../../../lib/stream/resume/kept-memory.ts';
import { ItemHandles } from '../../../lib/stream/value/item-handles.ts';
import { Offers } from '../../../lib/stream/value/offers.ts';
import { isClaimed } from '../../../lib/stream/value/one-shot.ts';
import type { Produced } from '../../../lib/stream/value/produced.ts';
import { Counter } from '../../support/passing.ts';
import { follow } from '../../support/rejection.ts';
import { testEnvironment } from '../../support/test-environment.ts';
import { turns } from '../../support/turns.ts';

function offersOf(limits: Partial<Limits> = {}): Offers {
  const itemHandles: ItemHandles = new ItemHandles({
    offer: (source, outer) => offers.add(source, { outer, begun: undefined }),
    accept: () => ({ stream: {} }),
  });
  const environment = testEnvironment(limits);
  const offers = new Offers(environment, itemHandles, new KeptMemory());
  return offers;
}

function offer(offers: Offers, source: object): Produced {
  return offers.add(source, { outer: undefined, begun: undefined });
}

/** A producer that nobody has asked for anything yet, and that shows whether it was let go of. */
function held(): Readable {
  return Readable.from([1]);
}

describe('Offers', () => {
  describe('in items', () => {
    /** Offers streams as the encoding of one item does. */
    function encode(offers: Offers, count: number): unknown {
      try {
        for (let n = 0; n < count; n++) offers.itemHandles.offer(held());
        return undefined;
      } catch (error) {
        return error;
      }
    }

    it('wait when there is no room, and have no number then', async () => {
      const offers = offersOf({ maxPromised: 3 });
      const outer = offer(offers, new Counter().items());
      const other = offer(offers, new Counter().items());
      const refusal = encode(offers, 2);
      expect(refusal).to.be.instanceOf(RefusedError);
      const waiting = follow(offers.roomForItem(refusal) ?? Promise.reject(new Error('none')));
      expect(offers.size, 'the half of an item is nothing').to.equal(2);
      await turns(1);
      expect(waiting.outcome).to.equal(undefined);
      other.cancel({ reason: undefined, path: [] });
      await turns(1);
      expect(waiting.outcome).to.deep.equal({ value: undefined });
      expect(encode(offers, 2)).to.equal(undefined);
      outer.lose(new Error('enough'));
    });

    it('are taken again when the item is tried again, and once only', () => {
      const offers = offersOf({ maxPromised: 3 });
      offer(offers, []);
      const other = offer(offers, []);
      const sources = [held(), held()];
      const encodeBoth = (): void => sources.forEach((source) => offers.itemHandles.offer(source));
      let refusal: unknown;
      try {
        encodeBoth();
      } catch (error) {
        refusal = error;
      }
      void offers.roomForItem(refusal);
      other.cancel({ reason: undefined, path: [] });
      encodeBoth();
      expect(sources.every(isClaimed)).to.equal(true);
      expect(sources.some(({ destroyed }) => destroyed)).to.equal(false);
      offers.lose(new Error('enough'));
    });

    it('don’t wait for room that nobody can make', () => {
      const offers = offersOf({ maxPromised: 2 });
      offer(offers, []);
      const refusal = encode(offers, 2);
      expect(offers.roomForItem(refusal)).to.equal(undefined);
      expect(offers.size).to.equal(1);
      offer(offers, []);
      expect(offers.roomForItem(encode(offers, 1)), 'the other may end').not.to.equal(undefined);
      expect(offers.roomForItem(encode(offers, 1)), 'both wait').to.equal(undefined);
    });

    it('are let go of when the item can’t be sent', () => {
      const offers = offersOf();
      const source = held();
      offers.itemHandles.offer(source);
      expect(offers.roomForItem(new Error('a function can’t be sent'))).to.equal(undefined);
      expect(source.destroyed).to.equal(true);
      expect(offers.size).to.equal(0);
    });
  });
});
