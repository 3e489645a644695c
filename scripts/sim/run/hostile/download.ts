import type { DownloadLie } from '../../plan/hostile.ts';
import type { DownOperation } from '../../plan/plan.ts';
import { NO_OPERATION } from '../damaged-name.ts';
import type { ClientSession } from './client-session.ts';
import { attach, EOS_BYTES, message, streamsIn, tuple } from './frames.ts';

const NO_REASON = Buffer.alloc(0);

/** More than all buffers on the way to a reader that does not read. */
const DOWN: DownOperation = {
  id: NO_OPERATION,
  atMs: 0,
  kind: 'down',
  flow: { items: 400, itemBytes: 2_000, gapMs: 0, readGapMs: 0 },
};

/** Calls for a stream, and mistreats it when it is offered. */
export function download(session: ClientSession, lie: DownloadLie): void {
  const messageId = session.call('down', DOWN);
  session.onReply(messageId, (payload) => {
    const [number] = streamsIn(payload);
    if (number !== undefined) void mistreat(session, lie, messageId, number);
  });
}

async function mistreat(
  session: ClientSession,
  lie: DownloadLie,
  messageId: number,
  number: number,
): Promise<void> {
  const cancel = { kind: 'stream-cancel', number, reason: NO_REASON } as const;
  if (lie === 'never') return;
  if (lie === 'cancel-unopened') session.tell(cancel);
  const lane = await session.openLane();
  lane?.write(attach('consume', number));
  switch (lie) {
    case 'deaf':
      lane?.pause();
      return;
    case 'fin':
      lane?.end();
      return;
    case 'reset':
      lane?.reset();
      return;
    case 'cancel':
    case 'cancel-unopened':
      session.tell(cancel, cancel);
      return;
    case 'call-cancel':
      session.tell({ kind: 'call-cancel', messageId, reason: NO_REASON });
      return;
    case 'consume-twice':
      lane?.write(attach('consume', number));
      return;
    case 'two-lanes':
      (await session.openLane())?.write(attach('consume', number));
      return;
    case 'writes':
      lane?.write(message(tuple(7)), EOS_BYTES);
  }
}
