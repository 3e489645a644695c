import type { AnswerLie } from '../../plan/hostile.ts';
import { bare, childStream, enveloped, exception, reply, tuple } from './frames.ts';
import type { RawSocket } from './raw-socket.ts';

const USER = 0;
const STRUCTURED = 0x534c_0001;
const OVER_LIMIT = 100_000_000;
const FAR_OVER_LIMIT = 0xffff_ffff;
const UNKNOWN_ID = 77n;
const TEXT = Buffer.from('the server will not');
const GARBAGE = Buffer.from('00ffffff7f020304', 'hex');
const LONG_ENVELOPE = Buffer.from('01ffffff7f020304', 'hex');
const BAD_METADATA = tuple({ h: 7, t: { 'no name': 'x' } });

/** The payloads of the answers to a call: the right one, and those with other streams. */
export interface Answers {
  readonly right: Buffer;
  /** With this number of a stream in place of the right one. */
  readonly withNumber: (number: number) => Buffer;
}

/** Writes the answer to a call, or what is to pass for it. */
export function sendAnswer(
  main: RawSocket,
  lie: AnswerLie,
  id: number,
  { right, withNumber }: Answers,
): void {
  if (lie === 'fin') main.end();
  else if (lie === 'reset') main.reset();
  else main.write(...BYTES[lie](id, right, withNumber));
}

type MakeBytes = (
  id: number,
  right: Buffer,
  withNumber: (number: number) => Buffer,
) => readonly Buffer[];

const BYTES: Readonly<Record<Exclude<AnswerLie, 'fin' | 'reset'>, MakeBytes>> = {
  right: (id, right) => [reply(id, right)],
  silent: () => [],
  twice: (id, right) => [reply(id, right), reply(id, right)],
  'unknown-id': (id, right) => [reply(id + 1_000, right), reply(id, right)],
  'falling-id': (id, right) => [reply(id - 1, right), reply(id, right)],
  'half-header': (id, right) => [reply(id, right).subarray(0, 7)],
  half: (id, right) => [reply(id, right).subarray(0, 17)],
  'too-long': (id, right) => [reply(id, right, OVER_LIMIT)],
  'far-too-long': (id, right) => [reply(id, right, FAR_OVER_LIMIT)],
  empty: (id) => [reply(id, Buffer.alloc(0))],
  garbage: (id) => [reply(id, GARBAGE)],
  exception: (id) => [exception(id, USER, TEXT)],
  'exception-first': (id, right) => [exception(id, USER, TEXT), reply(id, right)],
  'cut-exception': (id) => [exception(id, USER, TEXT, TEXT.length + 1)],
  'bad-document': (id) => [exception(id, STRUCTURED, GARBAGE)],
  'long-envelope': (id) => [reply(id, LONG_ENVELOPE)],
  'bad-envelope': (id) => [reply(id, enveloped(BAD_METADATA, 7))],
  'stream-zero': (id, _, withNumber) => [reply(id, withNumber(0))],
  'same-stream': (id, _, withNumber) => [reply(id, withNumber(2))],
  'unknown-child': (id) => [reply(id, bare(childStream(UNKNOWN_ID)))],
};
