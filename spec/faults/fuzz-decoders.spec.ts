import { serialize } from 'bson';
import { expect } from 'chai';

import { ByteWriter } from '../../lib/base/byte-writer.ts';
import { SlabPool } from '../../lib/base/slab-pool.ts';
import {
  LANE_FRAME_HEADER_BYTES,
  type LaneFrame,
  decodeLaneFrame,
  encodeLaneFrame,
  LaneFrameDecoder,
} from '../../lib/wire/lane-frame.ts';
import {
  type MainMessage,
  decodeMainMessage,
  encodeMainMessage,
} from '../../lib/wire/main-message.ts';
import type { Compressor } from '../../lib/compression/compressor.ts';
import { lz4Fragmented } from '../../lib/compression/lz4-fragmented.ts';
import { lz4 } from '../../lib/compression/lz4.ts';
import { decodeExtension, encodeExtension } from '../../lib/connection/handshake/extension.ts';
import { isRpcError } from '../../lib/errors/rpc-error.ts';
import { bson } from '../../lib/serializer/bson/bson.ts';
import { packed } from '../../lib/serializer/packed/packed.ts';
import { array } from '../../lib/serializer/types/array.ts';
import { i32 } from '../../lib/serializer/types/integers.ts';
import { map } from '../../lib/serializer/types/map.ts';
import { string } from '../../lib/serializer/types/string.ts';
import { decodeMark, encodeMark } from '../../lib/document/mark-document.ts';
import { decodeMetadata, encodeMetadata } from '../../lib/document/metadata-document.ts';
import { decodeException } from '../../lib/wire/exception-body.ts';
import { NegotiationDecoder } from '../../lib/wire/negotiation-frame.ts';
import type { FrameDecoder } from '../../lib/wire/frame-decoder.ts';
import { makeRequestDecoder } from '../../lib/wire/request-frame.ts';
import { makeResponseDecoder } from '../../lib/wire/response-frame.ts';
import { StreamFrameDecoder } from '../../lib/wire/stream-frame.ts';
import { compressorOf } from '../compression/compressor-suite.ts';
import { FakeHandles } from '../serializer/support/fake-handles.ts';
import { hex } from '../support/chunks.ts';
import { heldBytes } from '../support/held-bytes.ts';
import { Mutator } from '../support/mutator.ts';
import { openInput } from '../support/open-input.ts';
import {
  EOS_FRAME,
  negotiation,
  replyBytes,
  requestBytes,
  streamFrame,
  u32le,
  u64le,
  userException,
} from '../support/wire-bytes.ts';
import { SESSION_FRAMES } from '../vectors/session-frames.ts';

const INPUTS = 2_000;
const LIMIT_BYTES = 65_536;

interface Target {
  readonly name: string;
  /** Inputs that are in order. */
  readonly corpus: readonly Buffer[];
  /** Decodes all that can be. */
  readonly decode: (bytes: Buffer) => void;
}

/** Takes all frames that can be cut from these bytes. */
function takeAll<T>(
  decoder: FrameDecoder<T>,
  bytes: Buffer,
  compressor?: Compressor,
  onFrame: (frame: Buffer | T) => void = () => {},
): void {
  const { input } = openInput(decoder, compressor, { sourceBudgetMessages: 1_000_000 });
  input.push(bytes);
  for (let frame; (frame = input.next()) !== undefined;) onFrame(frame);
}

const TUPLE: Buffer = Buffer.from(
  serialize({
    0: 'text',
    1: 5,
    2: { a: [1, 2, { b: null }], c: Buffer.from('bytes') },
    3: 2n ** 60n,
  }),
);
const HANDLES = new FakeHandles();
const COMPRESSORS = [compressorOf(lz4()), compressorOf(lz4Fragmented())] as const;
const TEXT = Buffer.from('all work and no play makes Jack a dull boy. '.repeat(30));

function packedBytes(): Buffer {
  const out = new ByteWriter(new SlabPool());
  PACKED.encode([7, ['a', 'bc'], new Map([['k', 1]])], out, HANDLES);
  return out.takeBytes();
}

const PACKED = packed(i32, array(string), map(string, i32));

const DOCUMENT = Buffer.from(serialize({ 0: { name: 'Error', message: 'went wrong' } }));

const MAIN_MESSAGES: readonly MainMessage[] = [
  { kind: 'eos-taken', streamId: 0x1_0000n },
  { kind: 'stream-open', number: 2 },
  { kind: 'stream-refused', number: 2, reason: DOCUMENT },
  { kind: 'stream-cancel', number: 4, reason: Buffer.alloc(0) },
  { kind: 'stream-taken', number: 6 },
  { kind: 'streams-renew', numbers: [2, 4, 6] },
  { kind: 'call-cancel', messageId: 1, reason: DOCUMENT },
  { kind: 'ping', number: 1 },
  { kind: 'going-away', graceMs: 1_000 },
  { kind: 'streams-progress', numbers: [2, 4] },
  { kind: 'streams-sent', numbers: [2, 8, 4, 0] },
  { kind: 'children-progress', words: [2n, 4n] },
  { kind: 'children-sent', words: [2n, 8n, 4n, 0n] },
];

const LANE_FRAMES: readonly LaneFrame[] = [
  { type: 'consume', number: 2 },
  { type: 'headers', document: DOCUMENT },
  { type: 'trailers', document: DOCUMENT },
  { type: 'error', document: DOCUMENT },
  { type: 'count', number: 3 },
];

const PROMISED_STREAM: Buffer = Buffer.concat([
  ...LANE_FRAMES.slice(0, 2).map((frame) => encodeLaneFrame(frame)),
  streamFrame(TUPLE),
  ...LANE_FRAMES.slice(2).map((frame) => encodeLaneFrame(frame)),
  EOS_FRAME,
]);

/** Two value streams, one with a serializer of its own. */
const PROMISES: Buffer = hex(
  '2c000000 05 3000 0c000000 8c 0200000000000000 62736f6e' +
    '05 3100 0b000000 8c 0400000000000000 726177 00',
);

/** How a connection of version 3 reads what that version brings. */
const SESSION_DECODERS = {
  record: (bytes: Buffer): unknown => decodeExtension(bytes, 3),
  'main message': (bytes: Buffer): unknown => decodeMainMessage(bytes, undefined, true),
  'lane frame': (bytes: Buffer): unknown =>
    decodeLaneFrame(bytes.subarray(LANE_FRAME_HEADER_BYTES), true),
};

const TARGETS: readonly Target[] = [
  {
    name: 'negotiation frames',
    corpus: [
      negotiation([0, Buffer.from('LZ4_FRAGMENTED,LZ4')], [1], [2, u64le(0x10000n)], [5]),
      negotiation(
        [3, u64le(0x20000n)],
        [4, Buffer.from('cookie')],
        [0x534c_0001, encodeExtension({ version: 1 })],
      ),
    ],
    decode(bytes) {
      const decoder = new NegotiationDecoder();
      decoder.push(bytes);
      const features = decoder.next();
      if (features?.extension !== undefined) decodeExtension(features.extension);
    },
  },
  {
    name: 'extensions and main messages',
    corpus: [encodeExtension({ version: 1, token: 'secret' }), hex('01 0000010000000000')],
    decode(bytes) {
      if (bytes[0] === 1) decodeMainMessage(bytes);
      else decodeExtension(bytes);
    },
  },
  {
    name: 'main messages of every kind',
    corpus: MAIN_MESSAGES.map((message) => encodeMainMessage(message)),
    decode: (bytes) => void decodeMainMessage(bytes),
  },
  {
    name: 'lane frames',
    corpus: LANE_FRAMES.map((frame) => encodeLaneFrame(frame).subarray(LANE_FRAME_HEADER_BYTES)),
    decode: (bytes) => void decodeLaneFrame(bytes),
  },
  {
    name: 'promised streams',
    corpus: [PROMISED_STREAM],
    decode(bytes) {
      takeAll(new LaneFrameDecoder(LIMIT_BYTES), bytes);
    },
  },
  {
    name: 'metadata',
    corpus: [encodeMetadata({ 'trace-id': 'abc', digest: Buffer.of(1, 2, 3) })!],
    decode: (bytes) => void decodeMetadata(bytes),
  },
  ...(['record', 'main message', 'lane frame'] as const).map((place) => ({
    name: `each ${place} of version 3`,
    corpus: SESSION_FRAMES.filter((sample) => sample.place === place).map(({ encode }) => encode()),
    decode: (bytes: Buffer) => void SESSION_DECODERS[place](bytes),
  })),
  {
    name: 'marks',
    corpus: [encodeMark({ cursor: { lineage: 'x', at: 7 }, lagItems: 1, lagBytes: 2 })],
    decode: (bytes) => void decodeMark(bytes),
  },
  {
    name: 'promises in BSON tuples',
    corpus: [PROMISES],
    decode: (bytes) => void bson.decode(bytes, HANDLES),
  },
  {
    name: 'requests',
    corpus: [requestBytes(14, 1n, TUPLE), requestBytes(2n ** 63n, 2n, Buffer.alloc(0))],
    decode(bytes) {
      takeAll(
        makeRequestDecoder(bytes.length % 2 === 0, LIMIT_BYTES, 0),
        bytes,
        undefined,
        (part) => {
          if (part instanceof Uint8Array) bson.decode(part, HANDLES);
        },
      );
    },
  },
  {
    name: 'replies',
    corpus: [replyBytes(1n, TUPLE), replyBytes(-2n, userException('boom'))],
    decode(bytes) {
      let messageId = 0;
      const decoder = makeResponseDecoder(bytes.length % 2 === 0, LIMIT_BYTES, 0);
      takeAll(decoder, bytes, undefined, (part) => {
        if (!(part instanceof Uint8Array)) ({ messageId } = part);
        else if (messageId < 0) decodeException(part);
        else bson.decode(part, HANDLES);
      });
    },
  },
  {
    name: 'streams',
    corpus: [Buffer.concat([streamFrame(TUPLE), streamFrame(Buffer.alloc(0)), EOS_FRAME])],
    decode(bytes) {
      takeAll(new StreamFrameDecoder(LIMIT_BYTES), bytes);
    },
  },
  ...COMPRESSORS.map((compressor) => ({
    name: `streams compressed with ${compressor.name}`,
    corpus: [
      Buffer.concat(
        [streamFrame(TEXT), streamFrame(Buffer.alloc(40_000)), EOS_FRAME].map((frame) => {
          const payload = compressor.compress(frame);
          return Buffer.concat([u32le(payload.length), payload]);
        }),
      ),
    ],
    decode(bytes: Buffer) {
      takeAll(new StreamFrameDecoder(LIMIT_BYTES), bytes, compressor);
    },
  })),
  ...COMPRESSORS.map((compressor) => ({
    name: `promised streams compressed with ${compressor.name}`,
    corpus: [
      Buffer.concat(
        [encodeLaneFrame(LANE_FRAMES[0]!), streamFrame(TEXT), EOS_FRAME].map((frame) => {
          const payload = compressor.compress(frame);
          return Buffer.concat([u32le(payload.length), payload]);
        }),
      ),
    ],
    decode(bytes: Buffer) {
      takeAll(new LaneFrameDecoder(LIMIT_BYTES), bytes, compressor);
    },
  })),
  ...COMPRESSORS.map((compressor) => ({
    name: `${compressor.name} blocks`,
    corpus: [compressor.compress(TEXT), compressor.compress(Buffer.alloc(40_000))],
    decode(bytes: Buffer) {
      const frame = compressor.decompress(bytes, LIMIT_BYTES);
      expect(frame).to.have.length.at.most(LIMIT_BYTES);
    },
  })),
  { name: 'BSON tuples', corpus: [TUPLE], decode: (bytes) => void bson.decode(bytes, HANDLES) },
  {
    name: 'packed tuples',
    corpus: [packedBytes()],
    decode: (bytes) => void PACKED.decode(bytes, HANDLES),
  },
];

describe('F11 damaged input', () => {
  for (const { name, corpus, decode } of TARGETS) {
    it(`of ${name} gives nothing but errors of our own, in bounded memory`, async () => {
      for (const bytes of corpus) decode(bytes);
      const mutator = new Mutator(corpus[0]?.length ?? 0);
      const before = await heldBytes();
      const { maxRSS } = process.resourceUsage();
      let refused = 0;
      for (let count = 0; count < INPUTS; count++) {
        const bytes = mutator.mutate(mutator.pick(corpus));
        try {
          decode(bytes);
        } catch (error) {
          if (!isRpcError(error))
            throw new Error(`input ${bytes.toString('hex')}`, { cause: error });
          refused++;
        }
      }
      expect(refused).to.be.above(INPUTS / 20);
      expect((await heldBytes()) - before).to.be.below(8 * 1_048_576);
      expect(process.resourceUsage().maxRSS - maxRSS).to.be.below(64 * 1_024);
    });
  }
});
