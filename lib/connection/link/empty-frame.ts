import type { FrameWriter } from './frame-writer.ts';

const NO_BYTES = Buffer.alloc(0);

/** Sends an empty frame through the compressor, for compressors that talk to each other. */
export function writeEmptyFrame(writer: FrameWriter): void {
  if (writer.compressor !== undefined) writer.writeFrame(NO_BYTES);
}
