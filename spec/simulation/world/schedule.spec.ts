import { expect } from 'chai';

import type { JobLoop } from '../../../lib/simulation/world/job-queue.ts';
import { Schedule } from '../../../lib/simulation/world/schedule.ts';

const LAST = { below: (count: number): number => count - 1 };
const FIRST = { below: (): number => 0 };

describe('Schedule', () => {
  it('lets jobs of a queue happen by their time, and those of one time in the order they were added', async () => {
    const { schedule, log, queue } = makeQueue();
    queue.add(() => log.push('late'), 20);
    queue.add(() => log.push('a'), 10);
    queue.add(() => log.push('b'), 10);
    queue.add(() => log.push('early'), 0);
    await drain(schedule);
    expect(log).to.deep.equal(['early', 'a', 'b', 'late']);
    expect(schedule.nowMs).to.equal(20);
    expect(schedule.steps).to.equal(4);
  });

  it('lets the chooser decide between queues of the same time', async () => {
    for (const [chooser, expected] of [
      [FIRST, ['one', 'other', 'one later']],
      [LAST, ['other', 'one', 'one later']],
    ] as const) {
      const schedule = new Schedule(chooser);
      const log: string[] = [];
      const one = schedule.open(makeLoop());
      const other = schedule.open(makeLoop());
      one.add(() => log.push('one'), 5);
      one.add(() => log.push('one later'), 6);
      other.add(() => log.push('other'), 5);
      await drain(schedule);
      expect(log).to.deep.equal(expected);
    }
  });

  it('asks the chooser for nothing where only one thing can happen', async () => {
    const never = {
      below: (): number => {
        throw new Error('asked');
      },
    };
    const schedule = new Schedule(never);
    const log: number[] = [];
    const queue = schedule.open(makeLoop());
    schedule.open(makeLoop());
    for (const ms of [1, 2, 3]) queue.add(() => log.push(ms), ms);
    await drain(schedule);
    expect(log).to.deep.equal([1, 2, 3]);
  });

  it('lets all promises settle after a job, then the work it has put off, then the promises of that', async () => {
    const { schedule, log, queue, loop } = makeQueue();
    const job = (): void => {
      log.push('job');
      loop.deferred.push(() => {
        log.push('deferred');
        void Promise.resolve().then(() => log.push('its promise'));
        loop.deferred.push(() => log.push('deferred by it'));
      });
      void Promise.resolve().then(() => log.push('promise'));
    };
    queue.add(job, 0);
    queue.add(() => log.push('next job'), 0);
    await drain(schedule);
    expect(log).to.deep.equal([
      'job',
      'promise',
      'deferred',
      'deferred by it',
      'its promise',
      'next job',
    ]);
  });

  it('knows the process in which a job happens, up to the promises and the work it has put off', async () => {
    const { schedule, queue, loop } = makeQueue();
    const seen: unknown[] = [];
    queue.add(() => {
      seen.push(schedule.running === loop);
      void Promise.resolve().then(() => seen.push(schedule.running === loop));
      loop.deferred.push(() => seen.push(schedule.running === loop));
    }, 0);
    await drain(schedule);
    expect(seen).to.deep.equal([true, true, true]);
    expect(schedule.running).to.equal(undefined);
  });

  it('holds back the jobs of a loop that is blocked, and no others', async () => {
    const { schedule, log, queue, loop } = makeQueue();
    loop.blockedUntilMs = 100;
    queue.add(() => log.push(`blocked ${schedule.nowMs}`), 10);
    schedule.open(makeLoop()).add(() => log.push(`free ${schedule.nowMs}`), 10);
    await drain(schedule);
    expect(log).to.deep.equal(['free 10', 'blocked 100']);
  });

  it('forgets jobs that were removed or whose queue is closed, and those that are added later', async () => {
    const { schedule, log, queue } = makeQueue();
    const removed = queue.add(() => log.push('removed'), 1);
    queue.add(() => log.push('kept'), 1);
    queue.remove(removed);
    queue.remove(removed);
    const closed = schedule.open(makeLoop());
    closed.add(() => log.push('closed'), 1);
    schedule.close(closed);
    closed.add(() => log.push('added'), 1);
    await drain(schedule);
    expect(log).to.deep.equal(['kept']);
  });

  it('goes no further than it is told', async () => {
    const { schedule, queue } = makeQueue();
    queue.add(() => {}, 11);
    expect(await schedule.step(10)).to.equal(false);
    expect(schedule.nowMs).to.equal(0);
    expect(await schedule.step(11)).to.equal(true);
    expect(schedule.nowMs).to.equal(11);
  });

  it('keeps a thousand jobs in order that are added in any order', async () => {
    const { schedule, log, queue } = makeQueue();
    const times = Array.from({ length: 1_000 }, (_, i) => (i * 7_919) % 997);
    for (const ms of times) queue.add(() => log.push(String(ms)), ms);
    await drain(schedule);
    expect(log).to.deep.equal(times.toSorted((a, b) => a - b).map(String));
  });
});

type TestLoop = JobLoop & { blockedUntilMs: number };

function makeLoop(): TestLoop {
  return { thing: 0, blockedUntilMs: 0, deferred: [], enter: (work) => work() };
}

function makeQueue() {
  const schedule = new Schedule(FIRST);
  const loop = makeLoop();
  const log: string[] = [];
  return { schedule, loop, log, queue: schedule.open(loop) };
}

async function drain(schedule: Schedule): Promise<void> {
  while (await schedule.step(1_000));
}
