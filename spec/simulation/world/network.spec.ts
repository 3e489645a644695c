import { expect } from 'chai';

import {
  type NodeProcess,
  type PathConditions,
  simulate,
  type World,
} from '../../../lib/simulation.ts';
import type { TransportSocket } from '../../../lib/transport.ts';
import {
  codeOf,
  HERE,
  openPair,
  type Pair,
  reading,
  RecordingEnd,
} from '../../support/world-sockets.ts';

describe('the network of a world', () => {
  it('takes the latency for each way: two for connecting, one for bytes', async () => {
    await withPair({ latencyMs: 10 }, async ({ world, dialed, accepted }) => {
      expect(world.clock.now()).to.equal(20);
      dialed.send('hello');
      await accepted.text('hello');
      expect(world.clock.now()).to.equal(30);
    });
  });

  it('adds jitter by chance, and never lets bytes of a connection pass each other', async () => {
    const times = new Set<number>();
    for (let seed = 0; seed < 20; seed++) {
      await withPair(
        { latencyMs: 10, jitterMs: 20 },
        async ({ world, dialed, accepted }) => {
          for (const part of ['a', 'b', 'c', 'd']) {
            dialed.send(part);
            await world.sleep(1);
          }
          await accepted.text('abcd');
          times.add(world.clock.now());
        },
        seed,
      );
    }
    expect(times.size).to.be.above(5);
  });

  it('lets bytes of different connections pass each other, as the seed says', async () => {
    const orders = new Set<string>();
    for (let seed = 0; seed < 20; seed++) {
      await withPair(
        { latencyMs: 5 },
        async ({ world, dialed, accepted, again }) => {
          const other = await again();
          const arrived: string[] = [];
          accepted.onText = () => arrived.push('one');
          other.accepted.onText = () => arrived.push('other');
          dialed.send('x');
          other.dialed.send('y');
          await world.sleep(10);
          orders.add(arrived.join(' '));
        },
        seed,
      );
    }
    expect([...orders].toSorted()).to.deep.equal(['one other', 'other one']);
  });

  it('reads the next bytes into the memory that their reader has named, and the rest of them elsewhere', async () => {
    await simulate(1, async (world) => {
      const memory = Buffer.alloc(100);
      const places: (Buffer | undefined)[] = [memory.subarray(10, 14), undefined];
      const chunks: Buffer[] = [];
      const read = new Promise<void>((resolve) => {
        const onSocket = (socket: TransportSocket): void => {
          socket.attach({
            onData: (chunk) => {
              chunks.push(chunk);
              if (Buffer.concat(chunks).length === 12) resolve();
            },
            readInto: () => places.shift(),
            onEnd: () => {},
            onDrain: () => {},
            onProgress: () => {},
            onClose: () => {},
          });
        };
        world.node('listener', async ({ surroundings: { network } }) => {
          await network.listen(HERE, reading(onSocket));
        });
      });
      await world.sleep(1);
      const socket = await world.node('dialer', () => {}).dial('listener', 1);
      // The first bytes come before their reader has named a place.
      for (const text of ['ab', 'cdefghijkl']) {
        socket.write([Buffer.from(text)]);
        await world.sleep(10);
      }
      await read;
      expect(chunks.map(String)).to.deep.equal(['ab', 'cdef', 'ghijkl']);
      expect(memory.toString('latin1', 10, 16)).to.equal('cdef\0\0');
      expect(chunks.map(({ buffer }) => buffer === memory.buffer)).to.deep.equal([
        false,
        true,
        false,
      ]);
    });
  });

  it('keeps the bytes of its trace, whatever their reader writes over them', async () => {
    await withPair({}, async ({ world, dialed, accepted }) => {
      dialed.send('hello');
      await accepted.text('hello');
      for (const chunk of accepted.chunks) chunk.fill(0);
      const bytes = world.trace.entries.flatMap((entry) => entry.bytes ?? []);
      expect(bytes.map(String)).to.deep.equal(['hello', 'hello']);
    });
  });

  it('passes so many bytes in a millisecond and no more', async () => {
    await withPair({ latencyMs: 0, bytesPerMs: 100 }, async ({ world, dialed, accepted }) => {
      const startedAt = world.clock.now();
      dialed.send('x'.repeat(5_000));
      dialed.send('y');
      await accepted.text(`${'x'.repeat(5_000)}y`);
      expect(world.clock.now() - startedAt).to.equal(51);
    });
  });

  it('takes as many bytes as the buffer holds, and the rest when the reader goes on', async () => {
    await withPair({ bufferBytes: 100 }, async ({ world, dialed, accepted }) => {
      accepted.socket.pause();
      expect(dialed.send('x'.repeat(250))).to.equal(false);
      await world.sleep(50);
      expect(dialed.socket.unsentBytes).to.equal(150);
      expect(accepted.received).to.equal('');
      accepted.socket.resume();
      await accepted.text('x'.repeat(250));
      expect(dialed.socket.unsentBytes).to.equal(0);
      expect(dialed.drains).to.equal(1);
    });
  });

  it('cuts bytes into pieces by chance where it is told to', async () => {
    await withPair({ pieceBytes: 3 }, async ({ dialed, accepted }) => {
      dialed.send('abcdefghijklmnopqrstuvwxyz');
      await accepted.text('abcdefghijklmnopqrstuvwxyz');
      expect(accepted.chunks.map(({ length }) => length)).to.satisfy((lengths: number[]) =>
        lengths.every((length) => length >= 1 && length <= 3),
      );
      expect(accepted.chunks.length).to.be.within(9, 26);
    });
  });

  it('refuses as many attempts to connect as it is told, by chance', async () => {
    await simulate(3, async (world) => {
      world.setPath({ refusals: 0.5 });
      const pair = await openPair(world, { isTolerant: true });
      const codes: string[] = [];
      for (let i = 0; i < 100; i++) codes.push(await codeOf(pair.dial()));
      expect(codes.filter((code) => code === 'ECONNREFUSED').length).to.be.within(35, 65);
      expect(codes.filter((code) => code === 'none').length).to.be.within(35, 65);
    });
  });

  it('refuses to connect where nobody listens, and to listen where somebody does', async () => {
    await simulate(3, async (world) => {
      const { finished } = world.node('a', async (running) => {
        const { network } = running.surroundings;
        expect(await codeOf(running.dial('a', 9))).to.equal('ECONNREFUSED');
        expect(await codeOf(running.dial('b', 1))).to.equal('ENOTFOUND');
        const listener = await network.listen(
          HERE,
          reading(() => {}),
        );
        expect(
          await codeOf(
            network.listen(
              HERE,
              reading(() => {}),
            ),
          ),
        ).to.equal('EADDRINUSE');
        await listener.close();
        await network.listen(
          HERE,
          reading(() => {}),
        );
      });
      await finished;
    });
  });

  it('accepts connections late where it is told to; their bytes wait', async () => {
    let latest = 0;
    for (let seed = 0; seed < 10; seed++) {
      await simulate(
        seed,
        async (world) => {
          world.setPath({ latencyMs: 1, acceptDelayMs: 500 });
          const pair = await openPair(world, { greeting: 'early' });
          expect(await pair.accepted.text('early')).to.equal('early');
          latest = Math.max(latest, world.clock.now());
        },
        {},
      );
    }
    expect(latest).to.be.within(200, 503);
  });

  it('resets a connection that is accepted when its listener is closed', async () => {
    await simulate(1, async (world) => {
      world.setPath({ acceptDelayMs: 1_000 });
      const pair = await openPair(world, { isTolerant: true });
      const dialed = new RecordingEnd(await pair.dial());
      await pair.listener.close();
      await dialed.closed;
      expect(dialed.error).to.equal('ECONNRESET');
      expect(world.connections).to.equal(0);
    });
  });

  it('resets both ends of the connections between two nodes, and counts them', async () => {
    await withPair({}, async ({ world, dialed, accepted }) => {
      expect(world.connections).to.equal(1);
      expect(world.cut('dialer', 'listener')).to.equal(1);
      await Promise.all([dialed.closed, accepted.closed]);
      expect([dialed.error, accepted.error]).to.deep.equal(['ECONNRESET', 'ECONNRESET']);
      expect(world.connections).to.equal(0);
      expect(world.cut('dialer', 'listener')).to.equal(0);
    });
  });

  it('resets one connection and leaves the others', async () => {
    await withPair({}, async ({ world, dialed, again }) => {
      const other = await again();
      expect(world.cutOne(1)).to.equal(true);
      await Promise.all([other.dialed.closed, other.accepted.closed]);
      expect(world.cutOne(1)).to.equal(false);
      expect([dialed.error, other.dialed.error]).to.deep.equal(['none', 'ECONNRESET']);
    });
  });

  it('lets nothing pass a partition; it arrives when that is healed', async () => {
    await withPair({ latencyMs: 5 }, async ({ world, dialed, accepted, again }) => {
      world.partition('listener', 'dialer');
      dialed.send('late');
      const dialing = again();
      await world.sleep(1_000);
      expect(accepted.received).to.equal('');
      expect(world.connections).to.equal(1);
      world.heal('dialer', 'listener');
      await accepted.text('late');
      expect(world.clock.now()).to.equal(1_010);
      await dialing;
      expect(world.clock.now()).to.be.within(1_015, 1_025);
    });
  });

  it('heals the partitions of one node, or all', async () => {
    await withPair({}, async ({ world, dialed, accepted }) => {
      world.node('third', () => {});
      world.partition('dialer', 'listener');
      world.partition('dialer', 'third');
      world.heal('third');
      dialed.send('a');
      await world.sleep(100);
      expect(accepted.received).to.equal('');
      world.heal();
      await accepted.text('a');
    });
  });

  it('gives up a dial at a partition when its signal fires', async () => {
    await simulate(1, async (world) => {
      world.node('b', () => {});
      const { finished } = world.node('a', async (running) => {
        world.partition('a', 'b');
        const controller = new AbortController();
        const dial = running.dial('b', 1, controller.signal);
        running.clock.setTimeout(() => controller.abort(new Error('too late')), 50);
        expect(await dial.then(() => 'none', String)).to.equal('Error: too late');
        expect(running.clock.now()).to.equal(50);
      });
      await finished;
    });
  });

  for (const [direction, arriving] of [
    ['toListener', ['', 'down']],
    ['toDialer', ['up', '']],
    ['both', ['', '']],
  ] as const) {
    it(`silences a connection for ever, ${direction}, also when partitions heal`, async () => {
      await withPair({}, async ({ world, dialed, accepted }) => {
        expect(world.silence(0, direction)).to.equal(true);
        expect(world.silence(5)).to.equal(false);
        dialed.send('up');
        accepted.send('down');
        world.partition('dialer', 'listener');
        world.heal();
        await world.sleep(100_000);
        expect([accepted.received, dialed.received]).to.deep.equal(arriving);
        expect([dialed.error, accepted.error]).to.deep.equal(['none', 'none']);
      });
    });
  }

  it('resets a silent connection when the systems of its ends give it up', async () => {
    await withPair({}, async ({ world, dialed, accepted }) => {
      world.silence(0, 'both', 1_000);
      await world.sleep(999);
      expect([dialed.error, accepted.error]).to.deep.equal(['none', 'none']);
      await world.sleep(10);
      expect(dialed.error).to.contain('ECONNRESET');
      expect(accepted.error).to.contain('ECONNRESET');
      expect(() => world.silence(0, 'both', -1)).to.throw('forMs');
    });
  });

  it('knows the node itself as localhost, and by its name', async () => {
    await simulate(1, async (world) => {
      const { finished } = world.node('a', async (running) => {
        await running.surroundings.network.listen(
          HERE,
          reading(() => {}),
        );
        const { port = 0 } = HERE;
        for (const host of ['a', 'localhost', '127.0.0.1', '::1']) {
          (await running.dial(host, port)).reset();
        }
        expect(await codeOf(running.dial('10.0.0.1', port))).to.equal('ENOTFOUND');
      });
      await finished;
    });
  });

  it('gives a way between two nodes conditions of its own, and those of all to the others', async () => {
    await simulate(1, async (world) => {
      const refusedAfterMs = async (running: NodeProcess, host: string): Promise<number> => {
        const startedAt = running.clock.now();
        await codeOf(running.dial(host, 9));
        return running.clock.now() - startedAt;
      };
      const dialer = world.node('dialer', async (running) => {
        await running.sleep(1);
        expect(await refusedAfterMs(running, 'far')).to.equal(200);
        expect(await refusedAfterMs(running, 'near')).to.equal(10);
      });
      world.node('far', () => {});
      world.node('near', () => {});
      world.setPath({ latencyMs: 5 });
      world.setPath({ latencyMs: 100, jitterMs: undefined as never }, ['dialer', 'far']);
      await dialer.finished;
    });
  });

  it('has no TLS', async () => {
    await simulate(1, async (world) => {
      const { finished } = world.node('a', async ({ surroundings: { network } }) => {
        const dial = network.dial({ ...HERE, tls: {} }, {});
        expect(await dial.then(() => 'none', String)).to.contain('there is no TLS in a world');
      });
      await finished;
    });
  });

  it('refuses conditions that no way can have, and names of nodes that are not there', async () => {
    await simulate(1, (world) => {
      expect(() => world.setPath({ latencyMs: -1 })).to.throw('latencyMs: must be a number from 0');
      expect(() => world.setPath({ refusals: 2 })).to.throw(
        'refusals: must be a number from 0 to 1',
      );
      expect(() => world.setPath({ lag: 1 } as object)).to.throw('lag: there is no such option');
      expect(() => world.setPath({}, ['a', 'b'])).to.throw('there is no node a');
      expect(() => world.partition('a', 'b')).to.throw('there is no node a');
      expect(() => world.cut('a', 'b')).to.throw('there is no node a');
      expect(() => world.heal('a')).to.throw('there is no node a');
    });
  });
});

/** Runs with an open connection between the nodes `dialer` and `listener`. */
async function withPair(
  conditions: Partial<PathConditions>,
  run: (pair: Pair & { readonly world: World }) => Promise<void>,
  seed = 1,
): Promise<void> {
  await simulate(seed, async (world) => {
    world.setPath(conditions);
    const pair = await openPair(world);
    await run({ ...pair, world });
  });
}
