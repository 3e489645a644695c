import { serialize } from 'bson';
import { encodeExtension } from '../../../../lib/connection/handshake/extension.ts';
import { encodeRefusal } from '../../../../lib/connection/handshake/refusal.ts';
import { makeSessionKey } from '../../../../lib/connection/handshake/proof.ts';
import type { Dice } from '../../../../lib/simulation/world/dice.ts';
import type { Features } from '../../../../lib/wire/feature.ts';
import { encodeNegotiation } from '../../../../lib/wire/negotiation-frame.ts';
import type { GreetingLie } from '../../plan/hostile.ts';
import type { RawSocket } from './raw-socket.ts';

const SHORT_SECRET = Buffer.from(
  serialize({ v: 2, sid: Buffer.alloc(16), secret: Buffer.alloc(8) }),
);
const VERSION_0 = Buffer.from(serialize({ v: 0 }));

/** Answers what a client has offered. Returns whether the answer is whole. */
export function greet(
  socket: RawSocket,
  lie: GreetingLie,
  connectionId: bigint,
  dice: Dice,
  isChild: boolean,
): boolean {
  const extension = isChild
    ? encodeExtension()
    : encodeExtension({ session: makeSessionKey(dice) });
  const right: Features = { hasTimeout: false, hasHandlerDuration: false, connectionId, extension };
  switch (lie) {
    case 'silent':
      return false;
    case 'half':
      socket.write(encodeNegotiation(right).subarray(0, 20));
      return false;
    case 'refused':
      socket.write(encodeRefusal());
      socket.end();
      return false;
    case 'reset':
      socket.reset();
      return false;
    default:
      socket.negotiate({ ...right, ...DIFFERENCES[lie] });
      return true;
  }
}

const DIFFERENCES: Readonly<
  Record<Exclude<GreetingLie, 'silent' | 'half' | 'refused' | 'reset'>, Partial<Features>>
> = {
  right: {},
  'no-session': { extension: encodeExtension() },
  'short-secret': { extension: SHORT_SECRET },
  'version-0': { extension: VERSION_0 },
  unasked: { compress: 'NONE' },
  'no-id': { connectionId: undefined },
};
