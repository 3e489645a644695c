import { expect } from 'chai';

import { simulate, type World } from '../../../lib/simulation.ts';

describe('NodeStore', () => {
  it('keeps a write once its promise has resolved, whatever happens to the process', async () => {
    await simulate(1, async (world) => {
      let starts = 0;
      world.node('disk', async ({ store }) => {
        if (++starts === 1) await store.put('a', { n: 1 });
        else expect(store.get('a')).to.deep.equal({ n: 1 });
        expect(store.keys()).to.deep.equal(['a']);
      });
      await world.sleep(10);
      world.crash('disk');
      await world.restart('disk').finished;
      expect(starts).to.equal(2);
    });
  });

  it('shows a write only when it is kept', async () => {
    await simulate(1, async (world) => {
      const { finished } = world.node('disk', async ({ store }) => {
        const kept = store.put('a', 1);
        expect(store.get('a')).to.equal(undefined);
        await kept;
        expect(store.get('a')).to.equal(1);
        await store.delete('a');
        expect(store.get('a')).to.equal(undefined);
      });
      await finished;
    });
  });

  it('keeps the first ones of the writes under way when the node crashes, by chance', async () => {
    const kept = new Set<string>();
    for (let seed = 0; seed < 60; seed++) {
      await simulate(seed, async (world) => {
        crashAfterWrites(world, ['a', 'b', 'c']);
        await world.sleep(0);
        world.crash('disk');
        kept.add(world.restart('disk').store.keys().join(''));
      });
    }
    expect([...kept].toSorted()).to.deep.equal(['', 'a', 'ab', 'abc']);
  });

  it('keeps copies: a value that changes after its write or its reading changes nothing', async () => {
    await simulate(1, async (world) => {
      const { finished } = world.node('disk', async ({ store }) => {
        const value = { list: [1], bytes: Buffer.from('ab') };
        const kept = store.put('a', value);
        value.list.push(2);
        await kept;
        (store.get('a') as typeof value).list.push(3);
        const read = store.get('a') as typeof value;
        expect(read.list).to.deep.equal([1]);
        expect(read.bytes.toString()).to.equal('ab');
      });
      await finished;
    });
  });

  it('refuses at once a value of which there can be no copy', async () => {
    await simulate(1, async (world) => {
      const { finished } = world.node('disk', ({ store }) => {
        expect(() => store.put('a', () => 1)).to.throw('could not be cloned');
      });
      await finished;
    });
  });

  it('takes no writes of code that runs on after the crash of its process', async () => {
    await simulate(1, async (world) => {
      const { store } = world.node('disk', () => {});
      await world.sleep(0);
      world.crash('disk');
      void store.put('late', 1);
      const restarted = world.restart('disk');
      await world.sleep(10);
      world.crash('disk');
      expect(restarted.store.keys()).to.deep.equal([]);
    });
  });
});

function crashAfterWrites(world: World, keys: readonly string[]): void {
  let hasStarted = false;
  world.node('disk', ({ store }) => {
    if (hasStarted) return;
    hasStarted = true;
    for (const key of keys) void store.put(key, key);
  });
}
