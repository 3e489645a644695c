import { hex } from '../support/chunks.ts';
import type { Direction } from './conversation.ts';
import type { Step } from './steps.ts';

const NEGOTIATION_HEADER_BYTES = 12;
const REPLY_HEADER_BYTES = 12;
/** Type 0, which is USER, and the length of the text. */
const EXCEPTION_HEADER_BYTES = 8;

/** A change of a conversation. Events are named by the number that they have in the capture. */
export type Edit = (steps: readonly Step[]) => Step[];

/** Several changes, one after the other. */
export function edits(...all: readonly Edit[]): Edit {
  return (steps) => all.reduce((edited, edit) => edit(edited), [...steps]);
}

/** The event has other bytes. */
export function sends(seq: number, bytes: string): Edit {
  return replace(seq, (step) => {
    const other = hex(bytes);
    return [{ ...step, bytes: other, chunks: [other.length] }];
  });
}

/** The events do not happen. */
export function leavesOut(...seqs: readonly number[]): Edit {
  return edits(...seqs.map((seq) => replace(seq, () => [])));
}

/** The event happens because of another one, right behind it. */
export function follows(seq: number, cause: number): Edit {
  return (steps) => {
    const moved = find(steps, seq);
    return leavesOut(seq)(steps).flatMap((step) =>
      step.seq === cause ? [step, { ...moved, atMs: step.atMs, isCaused: true }] : [step],
    );
  };
}

/** Right behind an event, and because of it, we send something more on a connection. */
export function adds(cause: number, addition: Addition): Edit {
  const bytes = addition.bytes === undefined ? Buffer.alloc(0) : hex(addition.bytes);
  return replace(cause, (step) => [
    step,
    {
      seq: step.seq + 0.5,
      connection: addition.connection,
      direction: addition.direction,
      atMs: step.atMs,
      bytes,
      chunks: [bytes.length],
      isFin: addition.bytes === undefined,
      isCaused: true,
    },
  ]);
}

/** What is sent in addition. */
export interface Addition {
  readonly connection: number;
  readonly direction: Direction;
  /** In hex; absent for a FIN. */
  readonly bytes?: string;
}

/** The first frame of the conversation offers a feature more, the highest. */
export function offers(record: string): Edit {
  return (steps) => {
    const [first, ...others] = steps;
    if (first === undefined) throw new RangeError('the conversation is empty');
    const bytes = Buffer.concat([first.bytes, hex(record)]);
    bytes.writeUInt32LE(bytes.length - NEGOTIATION_HEADER_BYTES, NEGOTIATION_HEADER_BYTES - 4);
    return [{ ...first, bytes, chunks: [bytes.length] }, ...others];
  };
}

/** A reply without a duration that says why a request was refused, in hex. */
export function errorReply(messageId: number, text: string): string {
  const bytes = Buffer.alloc(REPLY_HEADER_BYTES + EXCEPTION_HEADER_BYTES);
  bytes.writeBigInt64LE(BigInt(-messageId), 0);
  bytes.writeUInt32LE(EXCEPTION_HEADER_BYTES + Buffer.byteLength(text), 8);
  bytes.writeUInt32LE(Buffer.byteLength(text), REPLY_HEADER_BYTES + 4);
  return bytes.toString('hex') + Buffer.from(text).toString('hex');
}

function replace(seq: number, change: (step: Step) => Step[]): Edit {
  return (steps) => {
    find(steps, seq);
    return steps.flatMap((step) => (step.seq === seq ? change(step) : [step]));
  };
}

function find(steps: readonly Step[], seq: number): Step {
  const found = steps.find((step) => step.seq === seq);
  if (found === undefined) throw new RangeError(`the conversation has no event ${seq}`);
  return found;
}
