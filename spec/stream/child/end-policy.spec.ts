import { expect } from 'chai';

import { mayEndConnection, mayStillBeNamed } from '../../../lib/stream/child/end-policy.ts';
import { HalfState } from '../../../lib/stream/half/half-state.ts';
import type { Naming } from '../../../lib/stream/half/named-stream.ts';
import { capabilitiesIf, testAgreed } from '../../support/agreed.ts';
import { testEnvironment } from '../../support/test-environment.ts';

const NAMINGS: readonly Naming[] = ['unnamed', 'calling', 'named', 'refused'];

/** Whether we may end, while the peer has not and Seastar's haste is not asked for. */
const TABLE: Readonly<Record<string, Readonly<Record<Naming, boolean>>>> = {
  'dialed, with the extension': { unnamed: true, calling: false, named: false, refused: true },
  'dialed, without it': { unnamed: true, calling: false, named: false, refused: true },
  'accepted, with the extension': { unnamed: true, calling: false, named: true, refused: true },
  'accepted, without it': { unnamed: false, calling: false, named: false, refused: false },
  'accepted, never sent on, without it': {
    unnamed: true,
    calling: false,
    named: true,
    refused: true,
  },
};

/** Whether it was accepted, and whether its parent is gone. */
const FLAGS: readonly (readonly [boolean, boolean])[] = [
  [true, true],
  [true, false],
  [false, true],
  [false, false],
];

/** A child connection that stands there. */
function child(facts: {
  readonly naming: Naming;
  readonly isAccepted: boolean;
  readonly hasExtension: boolean;
  readonly hasSink: boolean;
  readonly isPeerEnded?: boolean;
  readonly isFinSentAtOnce?: boolean;
}): Parameters<typeof mayEndConnection>[0] {
  const { naming, isAccepted, hasExtension, hasSink } = facts;
  const { isPeerEnded = false, isFinSentAtOnce = false } = facts;
  const sinkState = new HalfState();
  if (hasSink) sinkState.open();
  const environment = testEnvironment();
  const compatibility = { ...environment.compatibility, isFinSentAtOnce };
  return {
    agreed: testAgreed({ isAccepted, capabilities: capabilitiesIf(hasExtension) }),
    link: { isPeerEnded },
    naming,
    parent: { environment: { ...environment, compatibility } },
    sinkState,
  };
}

describe('mayEndConnection', () => {
  for (const [place, row] of Object.entries(TABLE)) {
    const isAccepted = place.startsWith('accepted');
    const hasExtension = place.endsWith('with the extension');
    for (const naming of NAMINGS) {
      const hasSink = !place.includes('never sent on');
      const stream = { naming, isAccepted, hasExtension, hasSink };

      it(`S-S8 ${row[naming] ? 'ends' : 'waits with'} a stream that is ${place}, ${naming}`, () => {
        expect(mayEndConnection(child(stream))).to.equal(row[naming]);
      });

      it(`ends behind the peer's end, and at once where Seastar does: ${place}, ${naming}`, () => {
        for (const isPeerEnded of [true, false]) {
          const isFinSentAtOnce = !isPeerEnded;
          expect(mayEndConnection(child({ ...stream, isPeerEnded, isFinSentAtOnce }))).to.equal(
            true,
          );
        }
      });
    }
  }
});

describe('mayStillBeNamed', () => {
  it('keeps what a request names until it is answered', () => {
    for (const flags of FLAGS) expect(mayStillBeNamed('calling', ...flags)).to.equal(true);
  });

  it('keeps what was accepted and not named yet, while its parent is there', () => {
    const kept = FLAGS.filter((flags) => mayStillBeNamed('unnamed', ...flags));
    expect(kept).to.deep.equal([[true, false]]);
  });

  it('keeps nothing whose call was answered', () => {
    for (const naming of ['named', 'refused'] as const) {
      for (const flags of FLAGS) expect(mayStillBeNamed(naming, ...flags)).to.equal(false);
    }
  });
});
