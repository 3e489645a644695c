import { expect } from 'chai';

import { exploreSmall } from './support/explore-small.ts';
import { sessionProgram, type SmallSession } from './support/small-session.ts';

/** Orders that are visited in each run of the tests. */
const IN_TEST = 60;

/** A way of a stream of two items. */
interface Way {
  /** The first item was read, and the other waits, when connections are cut. */
  readonly read: (small: SmallSession) => Promise<void>;
  /** See `SmallBounds`. There are at most two events behind the first cut. */
  readonly deviations?: number;
}

const WAYS: Readonly<Record<string, Way>> = {
  'from the server': { read: (small) => small.readDown() },
  'to the server': { read: (small) => small.sendUp() },
  'of a verb from the server': { read: (small) => small.readVerb(), deviations: 3 },
  'of a verb to the server': { read: (small) => small.sendVerb(), deviations: 3 },
};

/** Explores what happens from the first cut on, which falls between the two items. */
async function exploreResume(
  name: string,
  { read, deviations }: Way,
  events: (small: SmallSession) => void,
  isEndless = false,
): Promise<void> {
  let reading: Promise<void> | undefined;
  const program = sessionProgram(
    async (small) => {
      events(small);
      await reading;
    },
    async (small) => {
      reading = read(small);
      await small.cutBehindFirst();
    },
  );
  const bounds = deviations === undefined ? { isEndless } : { deviations };
  const { visited } = await exploreSmall(name, program, { inTest: IN_TEST, ...bounds });
  expect(visited).to.be.at.least(IN_TEST / 2);
}

describe('a session in a small world', () => {
  it('L17 runs a call once, wherever two cuts in a row fall: nothing received, or the answer lost', async () => {
    const program = sessionProgram(async (small) => {
      small.cutNextAttempt();
      const cut = small.cut();
      await small.settled(small.api.work());
      await cut;
    });
    const { isComplete } = await exploreSmall('a call and two cuts', program);
    expect(isComplete).to.equal(true);
  });

  it('L17 runs a call at most once, wherever its server crashes beside two cuts', async () => {
    const program = sessionProgram(async (small) => {
      small.cutNextAttempt();
      const events = [small.cut(), small.crash(1)];
      await small.settled(small.api.work());
      await Promise.all(events);
    });
    const name = 'a call, two cuts and a crash';
    const { visited } = await exploreSmall(name, program, { inTest: IN_TEST });
    expect(visited).to.be.at.least(IN_TEST / 2);
  });

  for (const [way, own] of Object.entries(WAYS)) {
    it(`L10 brings two items once each, wherever their connections are cut: ${way}`, async () => {
      const program = sessionProgram(async (small) => {
        small.variesOn = true;
        const cut = small.cut();
        await own.read(small);
        await cut;
      });
      const name = `two items ${way} and a cut`;
      const bounds = { inTest: IN_TEST, isEndless: true };
      const { visited } = await exploreSmall(name, program, bounds);
      expect(visited).to.be.at.least(IN_TEST / 2);
    });

    it(`L10 resumes in the middle of a stream, wherever the resume handshake is cut: ${way}`, async () => {
      const name = `two items ${way} and two cuts`;
      await exploreResume(name, own, (small) => small.cutNextAttempt());
    });

    it(`L10 ends with a prefix, wherever the server crashes in the handshake: ${way}`, async () => {
      const name = `two items ${way}, a cut and a crash`;
      await exploreResume(name, own, (small) => void small.crash(1));
    });

    it(`L10 ends with a prefix, wherever the server closes in the handshake: ${way}`, async () => {
      const name = `two items ${way}, a cut and a close`;
      await exploreResume(name, own, (small) => void small.close(1));
    });

    it(`L10 comes to one end, wherever the handshake is cut and the server crashes: ${way}`, async () => {
      const events = (small: SmallSession): void => {
        small.cutNextAttempt();
        void small.crash(1);
      };
      await exploreResume(`two items ${way}, two cuts and a crash`, own, events);
    });

    it(`L10 comes to one end, wherever the handshake is cut and the server closes: ${way}`, async () => {
      const events = (small: SmallSession): void => {
        small.cutNextAttempt();
        void small.close(1);
      };
      await exploreResume(`two items ${way}, two cuts and a close`, own, events, true);
    });
  }
});
