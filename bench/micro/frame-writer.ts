// What does a small message cost from `beginFrame` to the socket, without the socket?

import { systemClock } from '../../lib/base/clock.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import { FrameWriter } from '../../lib/connection/link/frame-writer.ts';
import type { TransportSocket } from '../../lib/transport/transport.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';

const MESSAGE_BYTES = 64;
const HEADER_BYTES = 4;
const MESSAGES = 960;
const TOTAL_BYTES = MESSAGES * (HEADER_BYTES + MESSAGE_BYTES);

const message = Buffer.alloc(MESSAGE_BYTES, 1);
const slab = Buffer.allocUnsafeSlow(65_536);

let writtenBytes = 0;
const ignore = (): void => {};
const socket: TransportSocket = {
  peer: { address: 'nowhere', port: 0, family: 'unix' },
  attach: ignore,
  write: (segments) => {
    for (const segment of segments) writtenBytes += segment.length;
    return true;
  },
  pause: ignore,
  resume: ignore,
  end: ignore,
  destroy: ignore,
  reset: ignore,
};
const writer = new FrameWriter(
  socket,
  { clock: { ...systemClock, defer: ignore }, slabs: new SlabPool() },
  262_144,
  ignore,
);

/** The floor copies headers and messages into a slab. */
export const frameWriterMicros: readonly Micro[] = [
  {
    name: 'micro.frame-writer',
    operations: MESSAGES,
    floor: () => {
      let at = 0;
      for (let i = 0; i < MESSAGES; i++) {
        slab.writeUInt32LE(MESSAGE_BYTES, at);
        slab.set(message, at + HEADER_BYTES);
        at += HEADER_BYTES + MESSAGE_BYTES;
      }
      expectEqual(at, TOTAL_BYTES);
    },
    sluice: () => {
      writtenBytes = 0;
      for (let i = 0; i < MESSAGES; i++) {
        const out = writer.beginFrame(HEADER_BYTES);
        out.append(message);
        out.patchU32(0, out.frameBytes - HEADER_BYTES);
        writer.endFrame();
      }
      writer.flush();
      expectEqual(writtenBytes, TOTAL_BYTES);
    },
  },
];
