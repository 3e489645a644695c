import { expect } from 'chai';

import { Pace } from '../../../bench/support/pace.ts';
import { bytesOutcome } from '../../../bench/support/outcomes.ts';
import { cpuText, remarkFigures, remarksOn } from '../../../bench/support/remarks.ts';
import { prepare } from '../../../bench/support/rate-rounds.ts';
import { QUICK } from '../../../bench/support/settings.ts';
import { Settling } from '../../../bench/support/settling.ts';

import type { Workload } from '../../../bench/support/workload.ts';
import { rejectionOf } from '../../support/rejection.ts';

/** What came of a warm-up with these rates, and after how many. */
function warmUp(rates: readonly number[]): { rounds: number; isSettled: boolean } {
  const settling = new Settling();
  let rounds = 0;
  while (!settling.isOver) settling.add(rates[rounds++] ?? Number.NaN);
  return { rounds, isSettled: settling.isSettled };
}

/** Runs rounds beside a task that takes these times. Returns how often each was done, and whether it was steady. */
async function paced(times: readonly number[], rounds: number): Promise<[number, boolean][]> {
  const left = [...times];
  const pace = new Pace(() => left.shift() ?? Number.NaN);
  const outcomes: [number, boolean][] = [];
  for (let round = 0; round < rounds; round++) {
    let done = 0;
    const { isSteady } = await pace.run(() => Promise.resolve(++done));
    outcomes.push([done, isSteady]);
  }
  expect(left).to.deep.equal([]);
  return outcomes;
}

describe('the warm-up of benchmarks', () => {
  it('ends when three rounds on end are hardly faster', () => {
    expect(warmUp([10, 20, 30, 31, 29, 31])).to.deep.equal({ rounds: 6, isSettled: true });
  });

  it('goes on while the rate creeps up, and ends at twelve rounds', () => {
    const creeping = Array.from({ length: 12 }, (_, round) => 100 + 4 * round);
    expect(warmUp(creeping)).to.deep.equal({ rounds: 12, isSettled: false });
  });
});

describe('rounds of benchmarks', () => {
  it('are done once while the machine is as fast as mostly', async () => {
    expect(await paced([10, 11, 9.5, 10.5], 3)).to.deep.equal(Array(3).fill([1, true]));
  });

  it('are done again when the machine strays beside them, until it is back', async () => {
    const times = [10, 10, 10, /* slow */ 14, /* back, behind a slow task */ 10, 10, 10];
    expect(await paced(times, 4)).to.deep.equal([
      [1, true],
      [1, true],
      [3, true],
      [1, true],
    ]);
  });

  it('are kept, and told, when it strays on', async () => {
    expect(await paced([10, 10, 10, 10, 10, 14, 15, 16], 5)).to.deep.equal([
      ...Array(4).fill([1, true]),
      [3, false],
    ]);
  });

  it('have their processor time, their doubts and nothing of what was not watched', () => {
    const round = (server: number, isSteady: boolean, isSettled: boolean) => ({
      ...remarkFigures(isSteady, isSettled),
      '.cpu.server': server,
      '.cpu.client': 2,
    });
    const rounds = [round(3, true, true), round(9, false, true), round(4, false, true)];
    expect(remarksOn(rounds)).to.deep.equal({
      cpu: { server: 4, client: 2 },
      strayed: 2,
      isUnsettled: false,
    });
    expect(remarksOn([round(1, true, false)])?.isUnsettled).to.equal(true);
    expect(remarksOn([{ '': 1 }])).to.equal(undefined);
    expect(remarksOn([])).to.equal(undefined);
  });

  it('of a fixed amount begin when the figure that stands for them rises no more', async () => {
    const rates = [10, 20, 30, 30, 31, 30];
    const amounts: number[] = [];
    const run = async (amount: number) => {
      amounts.push(amount);
      return { seconds: 1, figures: { '.bulk': rates[amounts.length - 1]! } };
    };
    const absent = (): never => expect.fail('`run` stands for the processes');
    const subjects = { floor: absent, sluice: absent };
    const warmUp = (way: Pick<Workload, 'settlesBy'>) => {
      const paced = {
        name: 'paced',
        measure: 'rate',
        units: {},
        amount: () => 7,
        subjects,
      } as const;
      return prepare({ run }, { ...paced, ...way }, QUICK, 1);
    };
    expect(await warmUp({ settlesBy: '.bulk' })).to.deep.equal({ amount: 7, isSettled: true });
    expect(amounts).to.deep.equal(Array(rates.length).fill(7));
    expect(await warmUp({})).to.deep.equal({ amount: 7, isSettled: true });
    const misspelt = await rejectionOf(warmUp({ settlesBy: '.bulks' }), Error);
    expect(misspelt.message).to.include('paced has no figure .bulks');
  });

  it('tell how many megabytes a second of processor time carries, where bytes are counted', () => {
    const round = { ...remarkFigures(true, true), '.cpu.server': 500, '.cpu.client': 250 };
    const remarks = remarksOn([{ ...round, ...bytesOutcome(1_000_000)(3, 1).figures }]);
    expect(remarks?.megabytes).to.equal(1);
    expect(cpuText(remarks, String)).to.equal('500 + 250 (2000 + 4000)');
    expect(cpuText(remarksOn([round]), String)).to.equal('500 + 250');
    expect(cpuText(undefined, String)).to.equal('');
  });
});
