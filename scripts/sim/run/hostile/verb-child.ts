/** A server's side of the streams of verbs, which are no lanes. */

import { EOS } from '../../../../lib/wire/stream-frame.ts';
import type { MainMessage } from '../../../../lib/wire/main-message.ts';
import type { ServerMove } from '../../plan/hostile.ts';
import type { RawSocket } from './raw-socket.ts';
import { takeLaneFrames } from './readers.ts';
import { sendLie } from './stream-lies.ts';

type Tell = (...messages: readonly MainMessage[]) => void;

/** Reads the client's direction, and lies about it. */
export function readChild(
  child: RawSocket,
  streamId: bigint,
  { reader }: ServerMove,
  tell: Tell,
): void {
  const taken = { kind: 'eos-taken', streamId } as const;
  const canceled = { kind: 'canceled', streamId } as const;
  if (reader === 'silent') child.pause();
  else if (reader === 'reset') child.reset();
  else if (reader === 'taken-first') tell(taken);
  else if (reader === 'cancel') tell(canceled);
  else if (reader === 'cancel-twice') tell(canceled, canceled);
  child.read(
    takeLaneFrames((frame) => {
      if (frame !== EOS || reader === 'taken-never') return;
      tell(taken);
      if (reader === 'taken-twice') tell(taken);
      if (reader === 'open-after-end') tell(canceled);
      child.end();
    }),
  );
}

/** Sends the server's direction, and lies as planned. */
export function writeChild(child: RawSocket, { stream }: ServerMove, items: number): void {
  if (stream === 'right') sendLie(child, 'no-count', items);
  else if (stream === 'no-count') sendLie(child, 'right', items);
  else sendLie(child, stream, items);
}
