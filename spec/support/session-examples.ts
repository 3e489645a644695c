import { encodeRefusal } from '../../lib/connection/handshake/refusal.ts';
import { encodeMark } from '../../lib/document/mark-document.ts';
import { encodeLaneFrame } from '../../lib/wire/lane-frame.ts';
import { encodeEos } from '../../lib/wire/stream-frame.ts';
import { SESSION_FRAMES, SESSION_VERSION } from '../vectors/session-frames.ts';
import { type Field, hexDump } from './hex-dump.ts';

const VERSION: readonly Field[] = [[7, '"v": int32 3']];
const END: readonly Field[] = [[1, 'end of the document']];

/** The examples of version 3 in PROTOCOL.md, by name. */
export const SESSION_EXAMPLES: Readonly<Record<string, () => string>> = {
  resume: () =>
    sample('a client resumes', [
      [4, 'a document of 161 bytes'],
      ...VERSION,
      [87, '"proof": as above, with the purpose "resume"'],
      [8, '"resume": a document …'],
      [4, '… of 54 bytes'],
      [10, '"sid": a binary of 16 bytes …'],
      [16, '… the id of the session'],
      [4, '"id": an int64 …'],
      [8, '… the id of its first connection'],
      [3, '"r": an int64 …'],
      [8, '… 17 replies and main messages received'],
      [1, 'end of the resume'],
      ...END,
    ]),

  resumed: () =>
    sample('a server resumes', [
      [4, 'a document of 77 bytes'],
      ...VERSION,
      [9, '"resumed": a document …'],
      [4, '… of 56 bytes'],
      [8, '"h": a binary of 32 bytes …'],
      [32, '… the MAC for the new connection, c3d4e5f607180001'],
      [3, '"r": an int64 …'],
      [8, '… requests received up to message id 5'],
      [1, 'end of the answer'],
      ...END,
    ]),

  'session-kept': () =>
    sample('a server begins a session', [
      [4, 'a document of 97 bytes'],
      ...VERSION,
      [26, '"sid": as above'],
      [45, '"secret": as above'],
      [6, '"keep": an int64 …'],
      [8, '… 180,000 ms'],
      ...END,
    ]),

  'refusal-full': () =>
    hexDump(encodeRefusal({ why: 'full', retryAfterMs: 5_000 }, SESSION_VERSION), [
      [8, '"SSTARRPC"'],
      [4, 'length of the records: 78'],
      [4, 'EXTENSION'],
      [4, 'length: 62'],
      [4, 'a document of 62 bytes'],
      ...VERSION,
      [9, '"refused": a document …'],
      [4, '… of 41 bytes'],
      [14, '"why": "full"'],
      [14, '"retryAfterMs": an int64 …'],
      [8, '… 5,000'],
      [1, 'end of the refusal'],
      ...END,
    ]),

  received: () =>
    sample('received', [
      [1, 'kind: received'],
      [8, 'position: 1,024 frames'],
    ]),

  'calls-pending': () =>
    sample('calls that have no reply', [
      [1, 'kind: calls-pending'],
      [8, 'message id: 2'],
      [8, 'message id: 5'],
      [8, 'message id: 2^53 - 1, the largest'],
    ]),

  'stream-resume': () =>
    sample('a server resumes a stream', [
      [1, 'kind: stream-resume'],
      [8, 'number: 2'],
      [8, 'taken: 120 items'],
      [8, 'acknowledged: 100 of them'],
      [4, 'attempt: 3'],
    ]),

  'stream-ack': () =>
    sample('acknowledgements of streams', [
      [1, 'kind: stream-ack'],
      [8, 'number: 2'],
      [8, 'acknowledged: 100'],
      [8, 'taken: 120'],
      [8, 'number: 9'],
      [8, 'acknowledged: 0'],
      [8, 'taken: 2^53 - 1, the largest'],
    ]),

  'child-ack': () =>
    sample('acknowledgements of children', [
      [1, 'kind: child-ack'],
      [8, 'id: 7b605188e2f40001'],
      [8, 'acknowledged: 4'],
      [8, 'taken: 5'],
      [8, 'id: all bits may be set'],
      [8, 'acknowledged: 0'],
      [8, 'taken: 1'],
    ]),

  'stream-done': () =>
    sample('a stream is done', [
      [1, 'kind: stream-done'],
      [8, 'number: 2'],
    ]),

  'session-end': () => sample('the session ends', [[1, 'kind: session-end']]),

  'stream-parted': () =>
    sample('a lane is lost', [
      [1, 'kind: stream-parted'],
      [8, 'number: 2'],
      [8, 'attempt: 3'],
    ]),

  'child-parted': () =>
    sample('a child is lost', [
      [1, 'kind: child-parted'],
      [8, 'id: 7b605188e2f40001'],
      [4, 'attempt: 3'],
    ]),

  lost: () =>
    sample('a reply is lost', [
      [4, 'type: LOST'],
      [4, 'length of the text: 17'],
      [17, '"the reply is lost"'],
    ]),

  'retained-stream': () =>
    hexDump(
      Buffer.concat([
        bytesOf('the terms of a stream'),
        encodeLaneFrame({ type: 'sum', items: 100, crc32: 0x0bad_cafe }),
        Buffer.from([4, 0, 0, 0, 7, 0, 0, 0]),
        encodeLaneFrame({ type: 'mark', document: encodeMark({ cursor: 'x/101' }) }),
        encodeLaneFrame({ type: 'sum', items: 101, crc32: 0x0bad_f00d }),
        encodeLaneFrame({ type: 'count', number: 101 }),
        encodeEos(),
      ]),
      [
        ...laneFrame(26, 'retained'),
        [8, 'first index: 100'],
        [8, 'window: 16,777,216 bytes'],
        [4, 'window: any number of items'],
        [4, 'ack period: none'],
        [1, 'flags: can be resumed'],
        ...laneFrame(13, 'sum'),
        [8, 'items: 100'],
        [4, 'their CRC-32'],
        [4, 'length: 4'],
        [4, 'a message: 7 as i32'],
        ...laneFrame(32, 'mark'),
        [4, 'a document of 31 bytes'],
        [3, 'a document with the key "0" …'],
        [4, '… of 23 bytes'],
        [18, '"cursor": "x/101"'],
        [2, 'end of the mark, and of the document'],
        ...laneFrame(13, 'sum'),
        [8, 'items: 101'],
        [4, 'their CRC-32'],
        ...laneFrame(9, 'count'),
        [8, 'messages: 101'],
        [4, 'end of stream'],
      ],
    ),

  'verb-stream': () =>
    hexDump(
      Buffer.concat([
        encodeLaneFrame({
          type: 'retained',
          firstIndex: 0,
          windowBytes: 16_777_216,
          windowItems: 0,
          ackPeriod: 0,
          isManual: false,
          isRealTime: false,
          canResume: true,
        }),
        Buffer.from([4, 0, 0, 0, 7, 0, 0, 0]),
        encodeLaneFrame({ type: 'count', number: 1 }),
        encodeEos(),
      ]),
      [
        ...laneFrame(26, 'retained'),
        [8, 'first index: 0'],
        [8, 'window: 16,777,216 bytes'],
        [4, 'window: any number of items'],
        [4, 'ack period: none'],
        [1, 'flags: can be resumed'],
        [4, 'length: 4'],
        [4, 'a message: 7 as i32'],
        ...laneFrame(9, 'count'),
        [8, 'messages: 1'],
        [4, 'end of stream'],
      ],
    ),

  'lane-resume': () =>
    hexDump(
      encodeLaneFrame({ type: 'resume', number: 2, taken: 100, acknowledged: 96, attempt: 1 }),
      [
        ...laneFrame(29, 'resume'),
        [8, 'number: 2'],
        [8, 'taken: 100 items'],
        [8, 'acknowledged: 96 of them'],
        [4, 'attempt: 1'],
      ],
    ),

  'child-stream': () =>
    sample('a client resumes a stream of a verb', [
      [4, 'a document of 65 bytes'],
      ...VERSION,
      [8, '"stream": a document …'],
      [4, '… of 45 bytes'],
      [4, '"id": an int64 …'],
      [8, '… the id of the first child'],
      [7, '"taken": an int64 …'],
      [8, '… 3 messages'],
      [13, '"attempt": int32 1'],
      [1, 'end of the stream'],
      ...END,
    ]),

  'child-stream-answer': () =>
    sample('a server goes on with a stream of a verb', [
      [4, 'a document of 40 bytes'],
      ...VERSION,
      [8, '"stream": a document …'],
      [4, '… of 20 bytes'],
      [7, '"taken": an int64 …'],
      [8, '… 40 messages'],
      [1, 'end of the stream'],
      ...END,
    ]),
};

function laneFrame(contentBytes: number, type: string): Field[] {
  return [
    [4, 'a lane frame …'],
    [4, `… of ${contentBytes} bytes`],
    [1, `type: ${type}`],
  ];
}

function bytesOf(name: string): Buffer {
  const found = SESSION_FRAMES.find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`there is no sample ${name}`);
  return found.encode();
}

function sample(name: string, fields: readonly Field[]): string {
  return hexDump(bytesOf(name), fields);
}
