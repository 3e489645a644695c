import { expect } from 'chai';

import {
  type Capabilities,
  capabilitiesOf,
  EXTENSION_VERSION,
} from '../../../lib/connection/handshake/capabilities.ts';

/** The names of those that are there, in order. */
function namesOf(capabilities: Capabilities): string[] {
  return Object.entries(capabilities)
    .filter(([, has]) => has)
    .map(([name]) => name)
    .toSorted();
}

describe('capabilitiesOf', () => {
  it('names what each version has', () => {
    const first = ['confirmations', 'mainMessages'];
    const second = [
      'callCancel',
      'goingAway',
      'lanes',
      'liveness',
      'services',
      'sessions',
      'structuredErrors',
    ];
    const versions = [0, 1, 2].map((version) => namesOf(capabilitiesOf(version)));
    expect(versions).to.deep.equal([[], first, [...first, ...second].toSorted()]);
    const third = [...first, ...second, 'resume'].toSorted();
    expect(namesOf(capabilitiesOf(3, 3))).to.deep.equal(third);
  });

  it('has what our own version has with a peer of a later one', () => {
    expect(EXTENSION_VERSION).to.equal(3);
    expect(capabilitiesOf(99)).to.equal(capabilitiesOf(EXTENSION_VERSION));
    expect(capabilitiesOf(3, 2)).to.equal(capabilitiesOf(2));
    expect(capabilitiesOf(99, 2)).to.equal(capabilitiesOf(2, 2));
  });
});
