import type { Duplex } from 'node:stream';

import { FrameSkimmer } from '../../floor/frame-skimmer.ts';
import { RawOutput } from '../../floor/raw-output.ts';
import { sendBulk, sendSmall } from '../../floor/senders.ts';
import type { Cargo } from '../support/cargo.ts';
import { Pace } from '../support/pace.ts';

/** Messages up to this size are copied together. */
const SMALL_BYTES = 4_096;

/** Lines are joined up to about so many characters. */
const BLOCK_LENGTH = 65_536;

/**
 * Sends messages in the body of a request or a response, which is a stream of bytes: the floor's frames
 * of bytes, and records as lines of JSON.
 */
export async function sendBody(stream: Duplex, cargo: Cargo, count: number): Promise<void> {
  if (cargo.kind === 'records') return sendLines(stream, cargo.messages, count);
  const isSmall = (cargo.messages[0]?.length ?? 0) <= SMALL_BYTES;
  const send = isSmall ? sendSmall : sendBulk;
  return send(new RawOutput(stream), cargo.messages, count);
}

/** Reads what {@link sendBody} sends. */
export function readBody(stream: Duplex, cargo: Cargo): void {
  if (cargo.kind === 'records') readLines(stream, cargo.take);
  else {
    const { check, readMs } = cargo;
    const skimmer = new FrameSkimmer(check);
    const pace = new Pace(stream, readMs);
    stream.on('data', (chunk: Buffer) => {
      const before = check.tally.count;
      skimmer.push(chunk, chunk.length);
      for (let i = before; i < check.tally.count; i++) pace.step();
    });
  }
}

async function sendLines(
  stream: Duplex,
  messages: readonly unknown[],
  count: number,
): Promise<void> {
  const mask = messages.length - 1;
  let block = '';
  for (let i = 0; i < count; i++) {
    block += `${JSON.stringify(messages[i & mask])}\n`;
    if (block.length < BLOCK_LENGTH) continue;
    const isFull = !stream.write(block);
    block = '';
    if (isFull) await new Promise((resolve) => stream.once('drain', resolve));
  }
  if (block !== '') stream.write(block);
}

function readLines(stream: Duplex, take: (message: unknown) => void): void {
  let begun = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    let start = 0;
    for (let end; (end = text.indexOf('\n', start)) >= 0; start = end + 1) {
      take(JSON.parse(begun + text.slice(start, end)));
      begun = '';
    }
    begun += text.slice(start);
  });
}
