/**
 * Compresses and decompresses whole frames of one connection. It may keep state from frame to
 * frame: frames pass in the order of the wire, each direction on its own.
 */
export interface Compressor {
  /** The name that was agreed, for example `LZ4`. */
  readonly name: string;

  /**
   * The bytes that follow the length prefix of a compressed frame.
   *
   * @param frame - one whole RPC frame, or no bytes for an empty frame. Its memory is used again after
   *   the call.
   */
  compress(frame: Buffer): Buffer;

  /**
   * The frame inside, in memory of its own that is never reused; no bytes for an empty frame, which
   * the connection skips.
   *
   * @param limitBytes - refuse to produce more than this, before allocating it.
   * @throws CompressionError blaming `remote` for anything but exactly what was declared.
   */
  decompress(payload: Buffer, limitBytes: number): Buffer;

  /** Called once when the connection has ended; awaited before it counts as closed. */
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
  /** What a client offers: one name, or several with commas and no spaces, the preferred first. */
  readonly supported: string;

  /**
   * Makes the compressor for what the other side said: at a server the client's offer, at a client
   * the server's choice. Undefined declines.
   *
   * @param sendEmptyFrame - has the connection send a frame without content through `compress`, so
   *   that two compressors can talk to each other.
   */
  negotiate(feature: string, isServer: boolean, sendEmptyFrame: () => void): Compressor | undefined;
}
