import type { Random } from '../../lib/base/random.ts';
import { type SessionKey, sessionKey } from '../../lib/connection/handshake/proof.ts';

/** The secret in PROTOCOL.md's examples: the bytes from 0x00 to 0x1f. */
export const EXAMPLE_SECRET: Buffer = Buffer.from(Array.from({ length: 32 }, (_, at) => at));

/** The session in PROTOCOL.md's examples, whose id is the bytes from 0xa0 to 0xaf. */
export const EXAMPLE_SESSION: SessionKey = sessionKey(
  Buffer.from(Array.from({ length: 16 }, (_, at) => 0xa0 + at)),
  EXAMPLE_SECRET,
);

/** Makes every nonce of the examples: 0x5c, repeated. */
export const EXAMPLE_NONCES: Random = { bytes: (count) => Buffer.alloc(count, 0x5c) };
