import { ByteQueue } from '../../../../lib/base/byte-queue.ts';
import { lz4 } from '../../../../lib/compression/lz4.ts';
import type { Compressor } from '../../../../lib/compression/compressor.ts';
import { messageOf } from '../../../../lib/errors/foreign.ts';
import { CompressedFrameDecoder } from '../../../../lib/wire/compressed-frame.ts';
import type { DecodedFrame } from './frame.ts';
import { hexText } from './payload.ts';

type TakeFrame = (bytes: ByteQueue) => DecodedFrame | undefined;

/** A longer frame is damaged bytes. */
const MAX_FRAME_BYTES = 1 << 26;

/** Takes a compressed frame off the front, and reads the frame inside where it knows the compressor. */
export function compressedReader(name: string, takeFrame: TakeFrame): TakeFrame {
  const compressor = compressorNamed(name);
  return (bytes) => {
    const payload = new CompressedFrameDecoder(bytes, MAX_FRAME_BYTES, 'a frame').next();
    if (payload === undefined) return undefined;
    const compressed = { kind: 'unread', text: `compressed by ${name}` } as const;
    if (compressor === undefined) return { ...compressed, detail: hexText(payload) };
    try {
      const inside = new ByteQueue();
      inside.append(compressor.decompress(payload, MAX_FRAME_BYTES));
      if (inside.byteLength === 0) return { ...compressed, detail: 'an empty frame' };
      const frame = takeFrame(inside);
      if (frame === undefined) return { ...compressed, detail: 'a part of a frame' };
      return { ...frame, compressor: name };
    } catch (error) {
      return { ...compressed, detail: messageOf(error) };
    }
  };
}

/** Undefined for a compressor that keeps state, or is not installed. */
function compressorNamed(name: string): Compressor | undefined {
  try {
    return name === 'LZ4' ? lz4().negotiate(name, true, () => {}) : undefined;
  } catch {
    return undefined;
  }
}
