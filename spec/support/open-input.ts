import type { Compressor } from '../../lib/compression/compressor.ts';
import { FrameInput } from '../../lib/connection/link/frame-input.ts';
import { Link } from '../../lib/connection/link/link.ts';
import type { Limits } from '../../lib/settings/limits.ts';
import type { FrameDecoder } from '../../lib/wire/frame-decoder.ts';
import { HeadedFrameDecoder } from '../../lib/wire/headed-frame.ts';
import { ScriptedSocket } from './scripted-socket.ts';
import { testEnvironment } from './test-environment.ts';

/** An input whose socket the test plays. */
export interface OpenInput<T> {
  readonly input: FrameInput<T>;
  readonly link: Link;
  /** What was asked of the socket. */
  readonly calls: readonly string[];
}

/** An input that pauses by the budget of these limits. */
export function openInput<T>(
  decoder: FrameDecoder<T>,
  compressor?: Compressor,
  limits: Partial<Limits> = {},
): OpenInput<T> {
  const environment = testEnvironment(limits);
  const socket = new ScriptedSocket();
  const link = new Link(socket, environment, 1_000);
  const budget = environment.limits;
  const input = new FrameInput(link, decoder, compressor, budget);
  return { input, link, calls: socket.calls };
}

/** The header of `ByteHeaded` frames, which is one byte. */
export interface ByteHeader {
  readonly payloadBytes: number;
}

/** Cuts frames whose header is a byte that says the payload's length, of at most 100 bytes in all. */
export function byteHeadedDecoder(maxSkippedBytes = 0): HeadedFrameDecoder<ByteHeader> {
  return new HeadedFrameDecoder<ByteHeader>({
    headerBytes: 1,
    maxFrameBytes: 100,
    maxSkippedBytes,
    option: 'limit',
    takeHeader: (bytes) =>
      bytes.byteLength === 0 ? undefined : { payloadBytes: bytes.take(1).readUInt8(0) },
  });
}

/** A compressor that leaves frames as they are. */
export const PLAIN_COMPRESSOR: Compressor = {
  name: 'PLAIN',
  compress: (frame) => frame,
  decompress: (payload) => Buffer.from(payload),
};
