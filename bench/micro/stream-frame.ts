// What does it cost to cut a received chunk into small messages?

import { FrameInput } from '../../lib/connection/link/frame-input.ts';
import { EOS, StreamFrameDecoder } from '../../lib/wire/stream-frame.ts';
import { expectEqual } from '../support/expect-equal.ts';
import type { Micro } from '../support/micro.ts';

const MESSAGE_BYTES = 64;
const HEADER_BYTES = 4;
const CHUNK_BYTES = 65_280;
const MESSAGES = CHUNK_BYTES / (HEADER_BYTES + MESSAGE_BYTES);
const MAX_BYTES = 16_777_216;

const chunk = Buffer.alloc(CHUNK_BYTES);
for (let at = 0; at < CHUNK_BYTES; at += HEADER_BYTES + MESSAGE_BYTES) {
  chunk.writeUInt32LE(MESSAGE_BYTES, at);
}

/** A link that is never asked to pause. */
const NO_LINK = { isPaused: false, pause(): void {}, resume(): void {} };

/** The floor also makes a view for each message. */
export const streamFrameMicros: readonly Micro[] = [
  {
    name: 'micro.stream-frame.decode',
    operations: MESSAGES,
    floor: () => {
      let bytes = 0;
      for (let at = 0; at < CHUNK_BYTES;) {
        const start = at + HEADER_BYTES;
        at = start + chunk.readUInt32LE(at);
        bytes += chunk.subarray(start, at).length;
      }
      expectEqual(bytes, MESSAGES * MESSAGE_BYTES);
    },
    sluice: () => {
      const decoder = new StreamFrameDecoder(MAX_BYTES);
      const input = new FrameInput(NO_LINK, decoder, undefined);
      input.push(chunk);
      let bytes = 0;
      for (let message; (message = input.next()) !== undefined;) {
        if (message !== EOS) bytes += message.length;
      }
      expectEqual(bytes, MESSAGES * MESSAGE_BYTES);
    },
  },
];
