import { encodeExtension } from '../../../../lib/connection/handshake/extension.ts';
import { NEGOTIATION_MAGIC } from '../../../../lib/wire/negotiation-frame.ts';
import type { ChildLie } from '../../plan/hostile.ts';
import type { ClientSession } from './client-session.ts';
import { EOS_BYTES, u32 } from './frames.ts';

const UNKNOWN_ID = 0x4711_0001n;
const RECORD_BYTES = 1_000;

/** Opens children in a wrong way. Resolves when the server has let them in or not. */
export async function sendChildLie(session: ClientSession, lie: ChildLie): Promise<void> {
  const proof = session.prove();
  const right = encodeExtension({ proof, isLane: true });
  switch (lie) {
    case 'silent':
      await session.dialBare();
      return;
    case 'half': {
      const child = await session.dialBare();
      child?.write(NEGOTIATION_MAGIC, u32(RECORD_BYTES));
      return;
    }
    case 'unknown-parent':
      await session.join(right, UNKNOWN_ID);
      return;
    case 'no-proof':
      await session.join(encodeExtension({ isLane: true }));
      return;
    case 'wrong-proof': {
      const mac = Buffer.from(proof.mac).reverse();
      await session.join(encodeExtension({ proof: { ...proof, mac }, isLane: true }));
      return;
    }
    case 'used-proof':
      await session.join(right);
      await session.join(right);
      return;
    case 'no-document':
      await session.join(Buffer.from('05000000', 'hex'));
      return;
    case 'never-named': {
      const child = await session.join(encodeExtension({ proof }));
      child?.write(EOS_BYTES);
      return;
    }
    case 'child-of-lane': {
      const joined = await session.joinAnyway(right, session.id);
      await session.join(encodeExtension({ proof: session.prove() }), joined?.answer?.connectionId);
    }
  }
}
