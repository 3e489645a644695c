import type { ByteWriter } from '../../base/byte-writer.ts';
import type { Compressor } from '../../compression/compressor.ts';
import { COMPRESSED_HEADER_BYTES } from '../../wire/compressed-frame.ts';

/** Appends a frame as the compressor makes it. @throws as the compressor; nothing is appended then. */
export function appendCompressed(out: ByteWriter, compressor: Compressor, frame: Buffer): void {
  const compressed = compressor.compress(frame);
  // A compressor may give back the frame that it got. The next frame needs that memory.
  const payload = compressed.buffer === frame.buffer ? Buffer.from(compressed) : compressed;
  out.beginFrame(COMPRESSED_HEADER_BYTES);
  out.patchU32(0, payload.length);
  out.append(payload);
}
