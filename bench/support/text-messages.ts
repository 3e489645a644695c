import { Tally } from './tally.ts';

const RING_LENGTH = 64;

/** One in so many messages is compared whole; of the others the beginning and the end. */
const WHOLE_EVERY = 61;
const EDGE_BYTES = 64;

/** Any constants of a generator of the kind x' = ax + c mod 2^32. */
const FACTOR = 1_664_525;
const STEP = 1_013_904_223;

/** Messages of one size that compress as logs and rows do: to less than a third. */
export function makeTextMessages(messageBytes: number): Buffer[] {
  let state = 1;
  const random = (below: number): number => {
    state = (Math.imul(state, FACTOR) + STEP) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  return Array.from({ length: RING_LENGTH }, (_, place) => {
    let text = '';
    for (let row = 0; text.length < messageBytes; row++) {
      const key = random(1e9).toString(36);
      text += `{"place":${place},"row":${row},"key":"${key}","state":"active","score":${random(1e6)}}\n`;
    }
    return Buffer.from(text.slice(0, messageBytes), 'latin1');
  });
}

/** Checks that the messages of {@link makeTextMessages} arrive unchanged and in order. */
export class TextCheck {
  readonly tally: Tally = new Tally(RING_LENGTH);
  readonly #messages: readonly Buffer[];

  constructor(messages: readonly Buffer[]) {
    this.#messages = messages;
  }

  take(message: Uint8Array): void {
    const count = this.tally.count;
    // The tally counts within the ring.
    const expected = this.#messages[this.tally.next()]!;
    const { length } = expected;
    const isRight =
      count % WHOLE_EVERY === 0
        ? expected.equals(message)
        : message.length === length &&
          expected.compare(message, 0, EDGE_BYTES, 0, EDGE_BYTES) === 0 &&
          expected.compare(message, length - EDGE_BYTES, length, length - EDGE_BYTES) === 0;
    if (!isRight) throw new Error(`message ${count} came changed or out of order`);
  }
}
