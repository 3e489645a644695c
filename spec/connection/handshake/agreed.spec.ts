import { expect } from 'chai';

import { agreedOn, hasId } from '../../../lib/connection/handshake/agreed.ts';
import { capabilitiesOf } from '../../../lib/connection/handshake/capabilities.ts';
import { sessionKey } from '../../../lib/connection/handshake/proof.ts';
import { raw } from '../../../lib/serializer/raw.ts';
import { PLAIN_COMPRESSOR } from '../../support/open-input.ts';
import { NO_FEATURES } from '../../support/raw-peer.ts';

describe('agreedOn', () => {
  it('gathers what the server has answered and what was found out here', () => {
    const session = sessionKey(Buffer.alloc(16, 1), Buffer.alloc(32, 2));
    const answer = { hasTimeout: true, hasHandlerDuration: false, connectionId: 7n };
    const own = { isAccepted: true, compressor: PLAIN_COMPRESSOR, serializer: raw };
    const resumed = { mac: Buffer.alloc(32, 3), received: 4 };
    const extension = { session, keepMs: 5, resumed, stream: { taken: 6 } };
    const agreed = agreedOn(answer, { version: 2, ...extension }, own);
    expect(agreed).to.deep.equal({
      ...own,
      ...answer,
      ...extension,
      capabilities: capabilitiesOf(2),
    });
    expect(hasId(agreed)).to.equal(true);
  });

  it('has no capabilities with a peer that does not speak our extension', () => {
    const own = { isAccepted: false, compressor: undefined, serializer: raw };
    const agreed = agreedOn(NO_FEATURES, undefined, own);
    expect(agreed.capabilities).to.equal(capabilitiesOf(0));
    expect([agreed.session, hasId(agreed)]).to.deep.equal([undefined, false]);
  });
});
