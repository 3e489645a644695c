import nodeCrypto, { randomBytes, randomFillSync, randomInt, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as timersSetTimeout } from 'node:timers';
import timerPromises, { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import { expect } from 'chai';

import { type NodeProcess, simulate, WorldError, type World } from '../../../lib/simulation.ts';

const sleepOfBefore = promisify(setTimeout);
const FIRST_DAY_MS = Date.UTC(2000, 0, 1);

describe('code in a world that asks Node for time', () => {
  it('sees the date and the clock of its process, from the first day of 2000 on', async () => {
    await inNode(async (running, world) => {
      await running.sleep(1_500);
      world.jump('a', 500);
      expect(Date.now()).to.equal(FIRST_DAY_MS + 2_000);
      expect(new Date().toISOString()).to.equal('2000-01-01T00:00:02.000Z');
      expect(Date()).to.equal(String(new Date(FIRST_DAY_MS + 2_000)));
      expect(performance.now()).to.equal(2_000);
      expect(process.hrtime()).to.deep.equal([2, 0]);
      expect(process.hrtime([0, 500_000_000])).to.deep.equal([1, 500_000_000]);
      expect(process.hrtime.bigint()).to.equal(2_000_000_000n);
      expect(process.uptime()).to.equal(2);
    });
  });

  it('keeps the class of dates as it is: instances, given times, subclasses', async () => {
    await inNode(() => {
      class Day extends Date {}
      expect(new Date()).to.be.instanceOf(Date);
      expect(new Date(5).getTime()).to.equal(5);
      expect(new Day()).to.be.instanceOf(Day);
      expect(new Day().getTime()).to.equal(FIRST_DAY_MS);
      expect(Date.UTC(2000, 0, 1)).to.equal(FIRST_DAY_MS);
      expect(Date.name).to.equal('Date');
    });
  });

  it('waits on the clock of its process by all timers of Node', async () => {
    await inNode(async ({ clock }) => {
      await new Promise((resolve) => setTimeout(resolve, 60_000));
      expect(clock.now()).to.equal(60_000);
      await new Promise((resolve) => timersSetTimeout(resolve, 1_000, 'given'));
      expect(await sleep(1_000, 'value')).to.equal('value');
      expect(await sleepOf()(1_000, 'value')).to.equal('value');
      await timerPromises.scheduler.wait(1_000);
      expect(clock.now()).to.equal(64_000);
      await new Promise((resolve) => setImmediate(resolve));
      expect(await timerPromises.setImmediate('turn')).to.equal('turn');
      await timerPromises.scheduler.yield();
      expect(clock.now()).to.equal(64_000);
    });
  });

  it('repeats what is to be repeated until it is cleared', async () => {
    await inNode(async (running) => {
      const { clock } = running;
      const times: number[] = [];
      const interval = setInterval((offset: number) => times.push(clock.now() + offset), 10, 0.5);
      for await (const tick of timerPromises.setInterval(10, 'tick')) {
        expect(tick).to.equal('tick');
        if (clock.now() === 30) break;
      }
      clearInterval(interval);
      await running.sleep(100);
      expect(times.slice(0, 2)).to.deep.equal([10.5, 20.5]);
      expect(times.length).to.be.within(2, 3);
    });
  });

  it('clears, closes and refreshes timers as Node does', async () => {
    await inNode(async (running) => {
      const fired: string[] = [];
      const note = (text: string): void => void fired.push(`${text} at ${running.clock.now()}`);
      clearTimeout(setTimeout(note, 5, 'cleared'));
      clearImmediate(setImmediate(note, 'cleared'));
      setTimeout(note, 5, 'closed').close();
      clearTimeout(undefined);
      const refreshed = setTimeout(note, 10, 'refreshed').unref().ref();
      expect(refreshed.hasRef()).to.equal(true);
      await running.sleep(6);
      refreshed.refresh();
      await running.sleep(100);
      expect(fired).to.deep.equal(['refreshed at 16']);
      expect(() => Reflect.apply(setTimeout, undefined, ['text', 5])).to.throw('callback');
    });
  });

  it('has signals that abort at their time, and waits that abort by signals', async () => {
    await inNode(async ({ clock }) => {
      const signal = AbortSignal.timeout(250);
      const waiting = await sleep(1_000, undefined, { signal }).then(() => undefined, toFields);
      expect(waiting).to.deep.equal({ name: 'AbortError', code: 'ABORT_ERR' });
      expect(clock.now()).to.equal(250);
      expect((signal.reason as Error).name).to.equal('TimeoutError');
      expect(await sleep(1, undefined, { signal }).then(() => undefined, toFields)).to.deep.equal(
        waiting,
      );
      expect(() => AbortSignal.timeout(-1)).to.throw(RangeError);
    });
  });

  it('fires no timer of a process that has crashed, and fails where one throws', async () => {
    const late = (): never => {
      throw new Error('late');
    };
    await simulate(1, async (world) => {
      world.node('a', () => void setTimeout(late, 50));
      await world.sleep(10);
      world.crash('a');
      await world.sleep(100);
    });
    const failure = await failureOf((world) => {
      world.node('a', () => void setTimeout(late, 50));
      return world.sleep(100);
    });
    expect(failure.message).to.equal('seed 1: late');
  });

  it('is told apart by processes, also where one waits for the other', async () => {
    await simulate(1, async (world) => {
      const slow = world.node('slow', () => {});
      await slow.finished;
      world.jump('slow', 5_000);
      const other = world.node('other', async () => {
        await slow.finished;
        expect(Date.now()).to.equal(FIRST_DAY_MS);
      });
      await other.finished;
    });
  });
});

describe('code in a world that asks Node for chance', () => {
  it('gets the same from the same seed, and other chance from another', async () => {
    const [one, again, other] = [await chanceOf(1), await chanceOf(1), await chanceOf(2)];
    expect(again).to.deep.equal(one);
    expect(other.filter((text, index) => text === one[index])).to.deep.equal([]);
  });

  it('gets it within the bounds that it asks for, and is refused what Node refuses', async () => {
    await inNode(() => {
      for (let i = 0; i < 100; i++) {
        expect(Math.random()).to.be.within(0, 1 - Number.EPSILON / 2);
        expect(randomInt(3)).to.be.within(0, 2);
        expect(randomInt(5, 7)).to.be.within(5, 6);
      }
      expect(randomUUID()).to.match(
        /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/,
      );
      expect([...randomFillSync(new Uint16Array(4), 1, 2)].filter((n) => n === 0).length).to.equal(
        2,
      );
      expect(randomBytes(5)).to.have.lengthOf(5);
      expect(() => randomBytes(-1)).to.throw(RangeError);
      expect(() => randomInt(1.5)).to.throw(TypeError);
    });
  });

  it('takes nothing from the dice of the world and of its nodes', async () => {
    const drawn: number[][] = [];
    for (const isAsking of [false, true]) {
      await inNode((running, world) => {
        if (isAsking) Math.random();
        drawn.push([running.dice.below(1_000), world.dice.below(1_000)]);
      });
    }
    expect(drawn[1]).to.deep.equal(drawn[0]);
  });
});

describe('code in a world that uses what no seed repeats', () => {
  const uses: Readonly<Record<string, () => unknown>> = {
    fetch: () => fetch('http://127.0.0.1:9/'),
    'files of the machine': () => readFile(new URL(import.meta.url)),
    'sockets of the machine': () => connect({ port: 9, host: '127.0.0.1' }).on('error', () => {}),
    'timers of the machine': () => sleepOfBefore(1),
    'cryptography in threads of the machine': () =>
      crypto.subtle.digest('SHA-256', new Uint8Array(1)),
    'crypto.pbkdf2 with a callback': () => nodeCrypto.pbkdf2('a', 'b', 1, 8, 'sha1', () => {}),
    'crypto.randomBytes with a callback': () => randomBytes(8, () => {}),
  };

  for (const [name, use] of Object.entries(uses)) {
    it(`fails its world, which names the node and the use: ${name}`, async () => {
      const failure = await failureOf(async (world) => {
        world.node('a', async () => void (await Promise.resolve(use()).catch(() => {})));
        await world.sleep(100);
      });
      expect(failure.message).to.contain(`seed 1: node a uses ${name}`);
      expect(failure.cause).to.have.property('code', 'ERR_MISUSE');
    });
  }

  it('does not fail it by synchronous cryptography, prints and copies', async () => {
    await inNode(() => {
      nodeCrypto.pbkdf2Sync('a', 'b', 1, 8, 'sha1');
      nodeCrypto.scryptSync('a', 'b', 8);
      nodeCrypto.generateKeyPairSync('ed25519');
      expect(structuredClone({ a: 1 })).to.deep.equal({ a: 1 });
    });
  });
});

describe('code outside of a world', () => {
  it('keeps Node’s own time and chance while a world runs, and finds all as it was afterwards', async () => {
    const membersNow = (): unknown[] => [
      Date,
      setTimeout,
      clearTimeout,
      setImmediate,
      fetch,
      process.hrtime,
      ...[Math, Date, AbortSignal, performance, process.hrtime, crypto].flatMap(valuesOf),
      ...[nodeCrypto, timerPromises].flatMap(valuesOf),
    ];
    const before = membersNow();
    let outside = 0;
    const timer = setInterval(() => (outside = Date.now()), 0);
    await simulate(1, async (world) => {
      for (let i = 0; i < 100_000 && outside === 0; i++) await world.sleep(1);
    });
    clearInterval(timer);
    expect(outside).to.be.above(FIRST_DAY_MS + 20 * 365 * 86_400_000);
    const changed = membersNow().filter((member, index) => member !== before[index]);
    expect(changed).to.deep.equal([]);
  });
});

/** The members of an object, those that are read by a getter aside. */
function valuesOf(object: object): unknown[] {
  const members: readonly PropertyDescriptor[] = Object.values(
    Object.getOwnPropertyDescriptors(object),
  );
  return members.map(({ value }): unknown => value);
}

/** Runs a program in a node of a world. */
async function inNode(
  run: (running: NodeProcess, world: World) => void | Promise<void>,
  seed = 1,
): Promise<void> {
  await simulate(seed, (world) => world.node('a', (running) => run(running, world)).finished);
}

async function failureOf(program: (world: World) => Promise<void>): Promise<WorldError> {
  const failure: unknown = await simulate(1, program).catch((error: unknown) => error);
  expect(failure).to.be.instanceOf(WorldError);
  return failure as WorldError;
}

async function chanceOf(seed: number): Promise<string[]> {
  const drawn: string[] = [];
  await inNode(() => {
    drawn.push(String(Math.random()), crypto.randomUUID(), randomUUID());
    drawn.push(randomBytes(8).toString('hex'), String(randomInt(2 ** 40)));
    drawn.push(String(crypto.getRandomValues(new Uint32Array(2))));
    drawn.push(String(randomFillSync(new Uint32Array(2))));
  }, seed);
  return drawn;
}

/** Takes what stands in the place of the timers now. */
function sleepOf(): (ms: number, value: string) => Promise<string> {
  return promisify(setTimeout);
}

function toFields({ name, code }: Error & { readonly code?: unknown }): object {
  return { name, code };
}
