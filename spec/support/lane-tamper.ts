import { networkTransport, type Transport } from '../../lib/transport.ts';
import { LANE_FRAME_HEADER_BYTES, LANE_FRAME_MARK } from '../../lib/wire/lane-frame.ts';
import { EOS_LENGTH, STREAM_HEADER_BYTES } from '../../lib/wire/stream-frame.ts';
import type { Side } from './passing.ts';
import { TamperedTransport } from './tampered-transport.ts';

/** Counted as dialed: the main connection is 0. */
const FIRST_LANE = 1;
const NEGOTIATION_HEADER_BYTES = 12;

/** A client's network on which one message of the first lane is lost, or arrives twice. Nothing is compressed. */
export class LaneTamper {
  readonly network: Transport;
  readonly #what: 'dropped' | 'duplicated';
  readonly #index: number;
  #held: Buffer = Buffer.alloc(0);
  #hasNegotiated = false;
  #messages = 0;

  /**
   * @param from - whose messages.
   * @param index - which of them, from 0.
   */
  constructor(from: Side, what: 'dropped' | 'duplicated', index: number) {
    this.#what = what;
    this.#index = index;
    this.network = new TamperedTransport(networkTransport, ({ connection, isToServer, bytes }) => {
      const isTampered = connection === FIRST_LANE && isToServer === (from === 'client');
      return isTampered ? this.#pass(bytes) : bytes;
    });
  }

  /** Whole frames pass, those that are cut wait for the rest. */
  #pass(bytes: Buffer): Buffer {
    this.#held = Buffer.concat([this.#held, bytes]);
    const passed: Buffer[] = [];
    for (let length; (length = this.#frameBytes()) <= this.#held.length;) {
      const frame = this.#held.subarray(0, length);
      this.#held = this.#held.subarray(length);
      const isChosen = this.#isMessage(frame) && this.#messages++ === this.#index;
      this.#hasNegotiated = true;
      if (!isChosen) passed.push(frame);
      else if (this.#what === 'duplicated') passed.push(frame, frame);
    }
    return Buffer.concat(passed);
  }

  /** Of the frame at the front; Infinity while its length is not known. */
  #frameBytes(): number {
    const held = this.#held;
    if (!this.#hasNegotiated) {
      if (held.length < NEGOTIATION_HEADER_BYTES) return Infinity;
      return NEGOTIATION_HEADER_BYTES + held.readUInt32LE(8);
    }
    if (held.length < STREAM_HEADER_BYTES) return Infinity;
    const length = held.readUInt32LE(0);
    if (length === EOS_LENGTH) return STREAM_HEADER_BYTES;
    if (length !== LANE_FRAME_MARK) return STREAM_HEADER_BYTES + length;
    return held.length < LANE_FRAME_HEADER_BYTES
      ? Infinity
      : LANE_FRAME_HEADER_BYTES + held.readUInt32LE(4);
  }

  #isMessage(frame: Buffer): boolean {
    return this.#hasNegotiated && frame.readUInt32LE(0) < LANE_FRAME_MARK;
  }
}
