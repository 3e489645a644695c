import type { AgreedWithId } from '../../lib/connection/handshake/agreed.ts';
import { capabilitiesOf, EXTENSION_VERSION } from '../../lib/connection/handshake/capabilities.ts';
import { bson } from '../../lib/serializer/bson/bson.ts';

/** What is agreed where the other end is a plain Seastar, but for what a test says. */
export function testAgreed(own: Partial<AgreedWithId> = {}): AgreedWithId {
  return {
    isAccepted: false,
    connectionId: 5n,
    compressor: undefined,
    serializer: bson,
    hasTimeout: false,
    hasHandlerDuration: false,
    capabilities: capabilitiesOf(0),
    session: undefined,
    ...own,
  };
}

/** The capabilities of two of ours, or none. */
export function capabilitiesIf(hasExtension: boolean): AgreedWithId['capabilities'] {
  return capabilitiesOf(hasExtension ? EXTENSION_VERSION : 0);
}
