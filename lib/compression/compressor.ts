import { having } from '../base/option-kinds.ts';
import type { OptionKind } from '../base/read-options.ts';

/**
 * Compresses and decompresses whole frames of one connection. It may keep state from frame to
 * frame. In each direction, frames pass in the order of the wire.
 */
export interface Compressor {
  /** The name that was agreed, for example `LZ4`. */
  readonly name: string;

  /**
   * The bytes that follow the length prefix of a compressed frame.
   *
   * @param frame - one whole RPC frame, or no bytes for an empty frame. Its memory is reused after
   * the call.
   */
  compress(frame: Buffer): Buffer;

  /**
   * The frame inside, in memory of its own that is never reused. No bytes stand for an empty frame,
   * which the connection skips.
   *
   * @param limitBytes - refuse to produce more bytes than this, before allocating memory for them.
   * @throws CompressionError blaming `remote` unless the payload gives exactly the size that it
   * declares.
   */
  decompress(payload: Buffer, limitBytes: number): Buffer;

  /**
   * The first bytes of the frame inside a payload that is above the limits. The connection refuses
   * the request or the reply by its header then, and drops the rest of the payload unread. Without
   * this method, or if it gives undefined or throws, the connection ends.
   *
   * @param start - the payload, or its first 256 KiB.
   * @param bytes - so many bytes are enough. More are allowed.
   */
  decompressStart?(start: Buffer, bytes: number): Buffer | undefined;

  /**
   * Called once when the connection has ended. The connection counts as closed after its promise
   * resolves.
   */
  close?(): void | Promise<void>;
}

/**
 * Agrees on a compressor while a connection is negotiated. One factory serves many connections.
 *
 * @example
 * const compressor: Compressor = {
 *   name: 'DEFLATE',
 *   compress: (frame) => (frame.length === 0 ? frame : deflateRawSync(frame)),
 *   decompress: (payload, limitBytes) =>
 *     payload.length === 0 ? payload : inflateRawSync(payload, { maxOutputLength: limitBytes }),
 * };
 * const deflate: CompressorFactory = {
 *   supported: 'DEFLATE',
 *   negotiate: (feature) => (feature === 'DEFLATE' ? compressor : undefined),
 * };
 */
export interface CompressorFactory {
  /**
   * The client's offer: one name, or several with commas and no spaces, the preferred one first.
   */
  readonly supported: string;

  /**
   * Makes the compressor for the other side's words: at a server the client's offer, at a client
   * the server's choice. Undefined declines.
   *
   * @param sendEmptyFrame - makes the connection send a frame without content through `compress`,
   * so that two compressors can talk to each other.
   */
  negotiate(feature: string, isServer: boolean, sendEmptyFrame: () => void): Compressor | undefined;
}

/** The kind of an option that takes a {@link CompressorFactory}. */
export const COMPRESSION: OptionKind = having('what a compressor such as lz4() gives', [
  'negotiate',
]);
