import { expect } from 'chai';

import { ByteWriter } from '../lib/base/byte-writer.ts';
import { SlabPool } from '../lib/base/slab-pool.ts';
import { MAIN_MESSAGE_ID, MAIN_MESSAGE_VERB } from '../lib/call/common/main-messages.ts';
import { lz4Fragmented } from '../lib/compression/lz4-fragmented.ts';
import { lz4 } from '../lib/compression/lz4.ts';
import { encodeCancel } from '../lib/document/cancel-document.ts';
import { encodeError } from '../lib/document/error-document.ts';
import { encodeExtension } from '../lib/connection/handshake/extension.ts';
import { encodeRefusal } from '../lib/connection/handshake/refusal.ts';
import { Prover } from '../lib/connection/handshake/proof.ts';
import { bson } from '../lib/serializer/bson/bson.ts';
import { array } from '../lib/serializer/types/array.ts';
import { bool } from '../lib/serializer/types/bool.ts';
import { i32, u16 } from '../lib/serializer/types/integers.ts';
import { packed } from '../lib/serializer/packed/packed.ts';
import { sourceOf } from '../lib/serializer/types/stream-member.ts';
import { string } from '../lib/serializer/types/string.ts';
import type { Serializer, StreamHandles } from '../lib/serializer/serializer.ts';
import { methodName, methodVerb } from '../lib/service/frame/method-name.ts';
import { RequestSerializer } from '../lib/service/frame/request-serializer.ts';
import { STREAM_HANDLE } from '../lib/types/stream-handle.ts';
import { encodeLaneFrame } from '../lib/wire/lane-frame.ts';
import { type MainMessage, encodeMainMessage } from '../lib/wire/main-message.ts';
import {
  writeStructuredException,
  writeUnknownVerb,
  writeUserException,
} from '../lib/wire/exception-body.ts';
import { encodeNegotiation } from '../lib/wire/negotiation-frame.ts';
import { patchRequestHeader, requestHeaderBytes } from '../lib/wire/request-frame.ts';
import { patchResponseHeader, responseHeaderBytes } from '../lib/wire/response-frame.ts';
import { encodeEos, STREAM_HEADER_BYTES } from '../lib/wire/stream-frame.ts';
import { EXAMPLE_NONCES, EXAMPLE_SESSION } from './support/example-session.ts';
import { type Field, hexDump } from './support/hex-dump.ts';
import { blocksOf } from './support/markdown-blocks.ts';
import { SESSION_EXAMPLES } from './support/session-examples.ts';

const PARENT_ID = 0x4f1a_22c0_9d3e_0001n;
const CHILD_ID = 0x7b60_5188_e2f4_0001n;

/** The names of the examples that have a spec of their own. */
const CONVERSATIONS = ['conversation', 'service-conversation'];

const HANDLE = { [STREAM_HANDLE]: 'sink' };
async function* items(): AsyncGenerator<number> {}
const HANDLES: StreamHandles = {
  describe: () => ({ id: CHILD_ID, serializer: 'packed(i32)' }),
  resolve: () => ({}),
  serializerNamed: (_name, own) => own,
  offer: () => ({ number: 2, serializer: 'bson' }),
  accept: () => ({}),
};

const MAIN_MESSAGE_REPLY_HEADER: readonly Field[] = [
  [8, 'message id: 0, a main message'],
  [4, 'length of the payload: 9'],
  [4, 'duration: not measured'],
];

/** What the document shows, by name: regenerated from the code each time. */
const EXAMPLES: Readonly<Record<string, () => string>> = {
  ...SESSION_EXAMPLES,

  'client-offer': () =>
    hexDump(
      encodeNegotiation({
        compress: 'LZ4',
        hasTimeout: true,
        hasHandlerDuration: true,
        extension: encodeExtension({ version: 2 }),
      }),
      [
        ...negotiationHeader(47),
        ...record('COMPRESS', 3, '"LZ4"'),
        ...record('TIMEOUT', 0),
        ...record('HANDLER_DURATION', 0),
        ...record('EXTENSION', 12, '{ v: 2 }'),
      ],
    ),

  'server-answer': () =>
    hexDump(
      encodeNegotiation({ hasTimeout: true, connectionId: PARENT_ID, hasHandlerDuration: true }),
      [
        ...negotiationHeader(32),
        ...record('TIMEOUT', 0),
        ...record('CONNECTION_ID', 8, 'the id of this connection'),
        ...record('HANDLER_DURATION', 0),
      ],
    ),

  'child-offer': () =>
    hexDump(
      encodeNegotiation({ hasTimeout: false, streamParent: PARENT_ID, hasHandlerDuration: true }),
      [
        ...negotiationHeader(24),
        ...record('STREAM_PARENT', 8, 'the id of the main connection'),
        ...record('HANDLER_DURATION', 0),
      ],
    ),

  refusal: () =>
    hexDump(encodeRefusal(undefined, 2), [
      ...negotiationHeader(57),
      [4, 'EXTENSION'],
      [4, 'length: 41'],
      [4, 'a document of 41 bytes'],
      [7, '"v": int32 2'],
      [29, '"refused": "unauthenticated"'],
      [1, 'end of the document'],
    ]),

  session: () =>
    hexDump(encodeExtension({ version: 2, session: EXAMPLE_SESSION }), [
      [4, 'a document of 83 bytes'],
      [7, '"v": int32 2'],
      [10, '"sid": a binary of 16 bytes …'],
      [16, '… the id of the session'],
      [13, '"secret": a binary of 32 bytes …'],
      [32, '… the secret'],
      [1, 'end of the document'],
    ]),

  proof: () => {
    const prover = new Prover(EXAMPLE_SESSION, PARENT_ID, EXAMPLE_NONCES);
    return hexDump(encodeExtension({ version: 2, proof: prover.prove('child') }), [
      [4, 'a document of 99 bytes'],
      [7, '"v": int32 2'],
      [7, '"proof": a document …'],
      [4, '… of 80 bytes'],
      [3, '"c": an int64 …'],
      [8, '… counter: 1'],
      [8, '"n": a binary of 16 bytes …'],
      [16, '… nonce'],
      [8, '"h": a binary of 32 bytes …'],
      [32, '… the MAC of the message above'],
      [1, 'end of the proof'],
      [1, 'end of the document'],
    ]);
  },

  'main-message': () => {
    const out = writer();
    out.beginFrame(requestHeaderBytes(true));
    out.append(encodeMainMessage({ kind: 'stream-cancel', number: 4, reason: Buffer.alloc(0) }));
    patchRequestHeader(out, true, { timeoutMs: 0, verb: MAIN_MESSAGE_VERB, messageId: 3 });
    return hexDump(out.takeBytes(), [
      [8, 'no timeout'],
      [8, 'verb: that of main messages'],
      [8, 'message id: 3'],
      [4, 'length of the payload: 9'],
      [1, 'kind: stream-cancel'],
      [8, 'number: 4'],
    ]);
  },

  'structured-error': () => {
    const out = writer();
    out.beginFrame(responseHeaderBytes(false));
    const error = Object.assign(new RangeError('no such page'), { page: 7 });
    writeStructuredException(out, encodeError(error));
    patchResponseHeader(out, false, { messageId: -1, durationUs: undefined });
    return hexDump(out.takeBytes(), [
      [8, 'message id: -1'],
      [4, 'length of the payload: 91'],
      [4, 'type: STRUCTURED'],
      [4, 'length of the document: 83'],
      [4, 'a document of 83 bytes'],
      [3, 'a document with the key "0" …'],
      [4, '… of 75 bytes'],
      [21, '"name": "RangeError"'],
      [26, '"message": "no such page"'],
      [8, '"fields": a document …'],
      [4, '… of 15 bytes'],
      [10, '"page": int32 7'],
      [1, 'end of the fields'],
      [2, 'end of the error, and of the document'],
    ]);
  },

  'call-cancel': () => {
    const out = writer();
    out.beginFrame(requestHeaderBytes(true));
    const reason = encodeCancel({ reason: 'enough', path: ['A', 'B'] });
    out.append(encodeMainMessage({ kind: 'call-cancel', messageId: 1, reason }));
    patchRequestHeader(out, true, { timeoutMs: 0, verb: MAIN_MESSAGE_VERB, messageId: 2 });
    return hexDump(out.takeBytes(), [
      [8, 'no timeout'],
      [8, 'verb: that of main messages'],
      [8, 'message id: 2'],
      [4, 'length of the payload: 70'],
      [1, 'kind: call-cancel'],
      [8, 'message id of the call: 1'],
      [4, 'a document of 61 bytes'],
      [3, 'a document with the key "0" …'],
      [4, '… of 53 bytes'],
      [19, '"reason": "enough"'],
      [6, '"path": an array …'],
      [4, '… of 23 bytes'],
      [9, '… "A"'],
      [9, '… "B"'],
      [1, 'end of the path'],
      [2, 'end of the cancel, and of the document'],
    ]);
  },

  'stream-cancel': () => {
    const out = writer();
    out.beginFrame(requestHeaderBytes(true));
    const reason = encodeCancel({ reason: undefined, path: [], takenItems: 3 });
    out.append(encodeMainMessage({ kind: 'stream-cancel', number: 6, reason }));
    patchRequestHeader(out, true, { timeoutMs: 0, verb: MAIN_MESSAGE_VERB, messageId: 4 });
    return hexDump(out.takeBytes(), [
      [8, 'no timeout'],
      [8, 'verb: that of main messages'],
      [8, 'message id: 4'],
      [4, 'length of the payload: 44'],
      [1, 'kind: stream-cancel'],
      [8, 'number: 6'],
      [4, 'a document of 35 bytes'],
      [3, 'a document with the key "0" …'],
      [4, '… of 27 bytes'],
      [11, '"path": an array without members'],
      [11, '"taken": int32 3'],
      [2, 'end of the cancel, and of the document'],
    ]);
  },

  ping: () => {
    const out = writer();
    out.beginFrame(requestHeaderBytes(true));
    out.append(encodeMainMessage({ kind: 'ping', number: 1 }));
    patchRequestHeader(out, true, { timeoutMs: 0, verb: MAIN_MESSAGE_VERB, messageId: 7 });
    return hexDump(out.takeBytes(), [
      [8, 'no timeout'],
      [8, 'verb: that of main messages'],
      [8, 'message id: 7'],
      [4, 'length of the payload: 9'],
      [1, 'kind: ping'],
      [8, 'number: 1'],
    ]);
  },

  pong: () =>
    hexDump(mainMessageReply({ kind: 'pong', number: 1 }), [
      ...MAIN_MESSAGE_REPLY_HEADER,
      [1, 'kind: pong'],
      [8, 'number: 1'],
    ]),

  'streams-progress': () =>
    hexDump(mainMessageReply({ kind: 'streams-progress', numbers: [3] }), [
      ...MAIN_MESSAGE_REPLY_HEADER,
      [1, 'kind: streams-progress'],
      [8, 'number: 3'],
    ]),

  'streams-sent': () =>
    hexDump(mainMessageReply({ kind: 'streams-sent', numbers: [2, 101] }), [
      [8, 'message id: 0, a main message'],
      [4, 'length of the payload: 17'],
      [4, 'duration: not measured'],
      [1, 'kind: streams-sent'],
      [8, 'number: 2'],
      [8, '100 messages, plus 1'],
    ]),

  'children-progress': () =>
    hexDump(mainMessageReply({ kind: 'children-progress', words: [0x4560001n] }), [
      ...MAIN_MESSAGE_REPLY_HEADER,
      [1, 'kind: children-progress'],
      [8, 'id: 0x4560001'],
    ]),

  'children-sent': () =>
    hexDump(mainMessageReply({ kind: 'children-sent', words: [0x4560001n, 101n] }), [
      [8, 'message id: 0, a main message'],
      [4, 'length of the payload: 17'],
      [4, 'duration: not measured'],
      [1, 'kind: children-sent'],
      [8, 'id: 0x4560001'],
      [8, '100 messages, plus 1'],
    ]),

  'going-away': () =>
    hexDump(mainMessageReply({ kind: 'going-away', graceMs: 30_000 }), [
      ...MAIN_MESSAGE_REPLY_HEADER,
      [1, 'kind: going-away'],
      [8, 'milliseconds: 30,000'],
    ]),

  'lane-offer': () => {
    const proof = new Prover(EXAMPLE_SESSION, PARENT_ID, EXAMPLE_NONCES).prove('child');
    return hexDump(encodeExtension({ version: 2, proof, isLane: true }), [
      [4, 'a document of 106 bytes'],
      [7, '"v": int32 2'],
      [87, '"proof": as above'],
      [7, '"lane": true'],
      [1, 'end of the document'],
    ]);
  },

  'lane-stream': () =>
    hexDump(
      Buffer.concat([
        encodeLaneFrame({ type: 'produce', number: 2 }),
        streamFrame(packed(i32), [7]),
        encodeLaneFrame({ type: 'count', number: 1 }),
        encodeEos(),
      ]),
      [
        [4, 'a lane frame …'],
        [4, '… of 9 bytes'],
        [1, 'type: produce'],
        [8, 'number: 2'],
        [4, 'length: 4'],
        [4, 'a message: 7 as i32'],
        [4, 'a lane frame …'],
        [4, '… of 9 bytes'],
        [1, 'type: count'],
        [8, 'messages: 1'],
        [4, 'end of stream'],
      ],
    ),

  promise: () =>
    hexDump(encode(bson, [items()]), [
      [4, 'a document of 25 bytes'],
      [3, 'a binary with the key "0" …'],
      [4, '… 12 bytes'],
      [1, '… of the subtype of value streams'],
      [8, '… number: 2'],
      [4, '… and the name of its serializer: "bson"'],
      [1, 'end of the document'],
    ]),

  'service-request': () => {
    const out = writer();
    out.beginFrame(requestHeaderBytes(true));
    new RequestSerializer(bson, 8_192).encode([{ metadata: { tenant: 'a' } }, ['k']], out, HANDLES);
    const verb = methodVerb(methodName('store', 'get'));
    patchRequestHeader(out, true, { timeoutMs: 0, verb, messageId: 1 });
    return hexDump(out.takeBytes(), [
      [8, 'no timeout'],
      [8, 'verb: that of "store/get"'],
      [8, 'message id: 1'],
      [4, 'length of the payload: 50'],
      [1, 'an envelope follows'],
      [4, 'a document of 35 bytes'],
      [3, 'a document with the key "0" …'],
      [4, '… of 27 bytes'],
      [3, '"m": metadata …'],
      [4, '… of 19 bytes'],
      [14, '… "tenant": "a"'],
      [1, '… its end'],
      [2, 'end of the envelope'],
      [14, 'the arguments as bson: "k"'],
    ]);
  },

  request: () => {
    const out = writer();
    out.beginFrame(requestHeaderBytes(true));
    packed(i32, string).encode([7, 'Ada'], out, HANDLES);
    patchRequestHeader(out, true, { timeoutMs: 1500, verb: 20, messageId: 1 });
    return hexDump(out.takeBytes(), [
      [8, 'time left: 1500 ms'],
      [8, 'verb: 20'],
      [8, 'message id: 1'],
      [4, 'length of the payload: 11'],
      [4, 'payload: 7 as i32 …'],
      [7, '… and "Ada" as string'],
    ]);
  },

  reply: () => {
    const out = writer();
    out.beginFrame(responseHeaderBytes(true));
    packed(bool).encode([true], out, HANDLES);
    patchResponseHeader(out, true, { messageId: 1, durationUs: 250 });
    return hexDump(out.takeBytes(), [
      [8, 'message id: 1'],
      [4, 'length of the payload: 1'],
      [4, 'the handler took 250 us'],
      [1, 'payload: true'],
    ]);
  },

  exception: () => {
    const out = writer();
    out.beginFrame(responseHeaderBytes(false));
    writeUserException(out, 'disk full');
    patchResponseHeader(out, false, { messageId: -1, durationUs: undefined });
    return hexDump(out.takeBytes(), [
      [8, 'message id: -1, an exception for request 1'],
      [4, 'length of the payload: 17'],
      [4, 'type: USER'],
      [4, 'length of the text: 9'],
      [9, '"disk full"'],
    ]);
  },

  'unknown-verb': () => {
    const out = writer();
    out.beginFrame(responseHeaderBytes(true));
    writeUnknownVerb(out, 99);
    patchResponseHeader(out, true, { messageId: -2, durationUs: undefined });
    return hexDump(out.takeBytes(), [
      [8, 'message id: -2'],
      [4, 'length of the payload: 16'],
      [4, 'duration: not measured'],
      [4, 'type: UNKNOWN_VERB'],
      [4, 'length: 8'],
      [8, 'verb: 99'],
    ]);
  },

  stream: () =>
    hexDump(Buffer.concat([streamFrame(packed(i32), [7]), encodeEos()]), [
      [4, 'length: 4'],
      [4, 'a message: 7 as i32'],
      [4, 'end of stream'],
    ]),

  lz4: () => {
    const payload = lz4()
      .negotiate('LZ4', true, () => {})!
      .compress(encodeEos());
    return hexDump(Buffer.concat([u32(payload.length), payload]), [
      [4, 'length of what follows: 9'],
      [4, 'bytes after decompression: 4'],
      [5, 'LZ4 block: four literals, ff ff ff ff'],
    ]);
  },

  'lz4-fragmented': () => {
    const payload = lz4Fragmented()
      .negotiate('LZ4_FRAGMENTED', true, () => {})!
      .compress(encodeEos());
    return hexDump(Buffer.concat([u32(payload.length), payload]), [
      [4, 'length of what follows: 9'],
      [4, 'the last chunk, 4 bytes after decompression'],
      [5, 'LZ4 block: four literals, ff ff ff ff'],
    ]);
  },

  packed: () =>
    hexDump(encode(packed(i32, string, array(u16), bool), [-2, 'é', [1, 2], true]), [
      [4, 'i32: -2'],
      [4, 'string: 2 bytes …'],
      [2, '… of UTF-8'],
      [4, 'array: 2 elements …'],
      [2, '… 1 as u16'],
      [2, '… 2 as u16'],
      [1, 'bool: true'],
    ]),

  'packed-handle': () =>
    hexDump(encode(packed(sourceOf(i32)), [HANDLE]), [
      [8, 'stream: the id of its child connection'],
    ]),

  bson: () =>
    hexDump(encode(bson, ['Ada', 7]), [
      [4, 'a document of 23 bytes'],
      [3, 'a string with the key "0" …'],
      [4, '… 4 bytes with its terminator'],
      [4, '… "Ada"'],
      [3, 'an int32 with the key "1" …'],
      [4, '… 7'],
      [1, 'end of the document'],
    ]),

  'bson-handle': () =>
    hexDump(encode(bson, [HANDLE]), [
      [4, 'a document of 32 bytes'],
      [3, 'a binary with the key "0" …'],
      [4, '… 19 bytes'],
      [1, '… of the subtype of stream handles'],
      [8, '… the id of the child connection'],
      [11, '… and the name of its serializer: "packed(i32)"'],
      [1, 'end of the document'],
    ]),
};

describe('PROTOCOL.md', () => {
  const blocks = new Map(
    blocksOf('PROTOCOL.md')
      .filter(({ language }) => language === 'hex')
      .map(({ name, text }) => [name, text]),
  );

  it('shows every example, and none that nobody checks', () => {
    expect([...blocks.keys()]).to.have.members([...Object.keys(EXAMPLES), ...CONVERSATIONS]);
  });

  for (const [name, example] of Object.entries(EXAMPLES)) {
    it(`shows the bytes of "${name}" as they are sent`, () => {
      expect(blocks.get(name)).to.equal(example());
    });
  }
});

function negotiationHeader(recordBytes: number): Field[] {
  return [
    [8, '"SSTARRPC"'],
    [4, `length of the records: ${recordBytes}`],
  ];
}

function record(feature: string, byteCount: number, data?: string): Field[] {
  const header: Field[] = [
    [4, feature],
    [4, `length: ${byteCount}`],
  ];
  return data === undefined ? header : [...header, [byteCount, data]];
}

function mainMessageReply(message: MainMessage): Buffer {
  const out = writer();
  out.beginFrame(responseHeaderBytes(true));
  out.append(encodeMainMessage(message));
  patchResponseHeader(out, true, { messageId: MAIN_MESSAGE_ID, durationUs: undefined });
  return out.takeBytes();
}

function encode(serializer: Serializer, tuple: unknown[]): Buffer {
  const out = writer();
  serializer.encode(tuple, out, HANDLES);
  return out.takeBytes();
}

function streamFrame(serializer: Serializer, message: unknown[]): Buffer {
  const out = writer();
  out.beginFrame(STREAM_HEADER_BYTES);
  serializer.encode(message, out, HANDLES);
  out.patchU32(0, out.frameBytes - STREAM_HEADER_BYTES);
  return out.takeBytes();
}

function writer(): ByteWriter {
  return new ByteWriter(new SlabPool());
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
