import { conversationsWith } from './conversation.ts';
import type { Deviation } from './deviation.ts';
import { adds, edits, errorReply, follows, leavesOut, offers, sends } from './edits.ts';

/*
 * Every difference between what Seastar did in the captured conversations and what we do. What is not
 * listed fails the replay, and so does what is listed and does not show.
 *
 * Two things are not in the list. Connection ids are random (E1-ids): the replays give our server a
 * source of randomness that yields Seastar's. And in which pieces bytes travel is TCP's affair.
 */

/** The streams' directions end as with Seastar; who closes the connection first differs. */
const PEER_ENDS_FIRST =
  'a Seastar reader that has not come to the end of stream yet loses it when a FIN follows at once, ' +
  'so we wait for its FIN';

/** How our server waits: our FIN, and the event that it waits for. */
const SERVER_FINS: Readonly<Record<string, readonly (readonly [fin: number, cause: number])[]>> = {
  'stream-echo': [[15, 16]],
  'stream-echo-plain': [[15, 16]],
  'stream-echo-call-after': [[11, 12]],
  'stream-pair': [[15, 16]],
  'stream-slow-reader': [[9, 10]],
  'two-streams': [[17, 18]],
  'lz4-stream-echo': [[15, 16]],
  'lz4-fragmented-stream-echo': [[15, 16]],
  // From here on it is the parent that ends first, or else the stream.
  'probe-stream-early-data': [[11, 12]],
  'probe-two-shards': [
    [9, 84],
    [18, 82],
    [27, 85],
    [36, 79],
    [45, 77],
    [54, 76],
    [63, 73],
    [72, 87],
  ],
};

/** The same for our client. */
const CLIENT_FINS: typeof SERVER_FINS = {
  'stream-echo-isolation': [[15, 16]],
  'stream-consume': [[7, 8]],
  'stream-server-closes-first': [[9, 10]],
  'stream-client-closes-first': [[9, 10]],
  'stream-slow-consume': [[7, 8]],
  'two-streams': [[21, 22]],
};

/** Conversations whose frames LZ4 can make smaller, so that encoders differ. */
const COMPRESSIBLE = [
  'lz4-echo-300',
  'lz4-echo-40k',
  'lz4-stream-echo',
  'lz4-fragmented-calls',
  'lz4-fragmented-echo-300',
  'lz4-fragmented-echo-40k',
  'lz4-fragmented-echo-100k',
  'lz4-fragmented-stream-echo',
];

const OTHER_ENCODER =
  'another LZ4 encoder than liblz4 1.9.4 finds other matches; the frames inside are the same';

const MEASURED: readonly Deviation[] = [
  {
    vectors: ['call-sleep', 'stream-consume', 'stream-slow-consume'],
    role: 'server',
    preset: 'both',
    row: 'S-W8',
    reason: 'a handler that waits takes some microseconds more or less',
    expected: { hasOtherDurations: true },
  },
  {
    vectors: COMPRESSIBLE,
    role: 'server',
    preset: 'both',
    row: 'A5',
    reason: OTHER_ENCODER,
    expected: { isCompressedOtherwise: true },
  },
  {
    vectors: [...COMPRESSIBLE, 'lz4-calls', 'lz4-plain-calls'],
    role: 'client',
    preset: 'both',
    row: 'A5',
    reason: OTHER_ENCODER,
    expected: { isCompressedOtherwise: true },
  },
];

const BETTER_ALWAYS: readonly Deviation[] = [
  {
    vectors: ['stream-slow-consume'],
    role: 'server',
    preset: 'both',
    row: 'design 5.2 ends',
    reason:
      'the handler has not read the end of stream when the FIN behind it comes: it gets it all the same',
    expected: { steps: sends(9, '0100000000000000 09000000 16a42100 05000000 31302c3330') },
  },
  {
    vectors: ['probe-slow-consumer-fin-after-eos'],
    role: 'server',
    preset: 'both',
    row: 'design 5.2 ends',
    reason: 'the same with a hand-made client',
    expected: { steps: sends(9, '0100000000000000 09000000 05000000 31302c3330') },
  },
  {
    vectors: ['probe-stream-parent-bad-shard'],
    role: 'server',
    preset: 'both',
    row: 'S-W6',
    reason:
      'a parent of a shard that there is not is refused as any unknown parent; Seastar lets the connection hang',
    expected: { steps: follows(9, 3) },
  },
];

const BETTER_BY_DEFAULT: readonly Deviation[] = [
  {
    vectors: ['probe-undecodable-payload'],
    role: 'server',
    preset: 'default',
    row: 'F26',
    reason: 'a request that does not decode gets an error reply in place of silence',
    expected: {
      steps: sends(
        4,
        errorReply(1, '[0]: string runs past the end of the message: needs 100 bytes, 2 left') +
          '0200000000000000 04000000 05000000',
      ),
    },
  },
  {
    vectors: ['probe-stream-unregistered'],
    role: 'server',
    preset: 'default',
    row: 'F26',
    reason: 'and so does one that names an unknown stream, with the id cut short (E1-ids)',
    expected: {
      steps: sends(
        4,
        `${errorReply(1, 'rpc stream id …550000 not found')} 0200000000000000 04000000 05000000`,
      ),
    },
  },
  {
    vectors: ['probe-message-ids'],
    role: 'server',
    preset: 'default',
    row: 'F28',
    reason: 'a message id that is not positive ends the connection',
    expected: { steps: edits(leavesOut(4), follows(6, 3)) },
  },
  {
    vectors: ['probe-timeouts'],
    role: 'server',
    preset: 'default',
    row: 'S-W4',
    reason: 'a timeout of 2^64-1 ms is no limit, not one that has passed',
    expected: {
      steps: adds(4, {
        connection: 1,
        direction: 's2c',
        bytes: '0400000000000000 04000000 05000000',
      }),
    },
  },
  {
    vectors: ['probe-stream-data-after-eos'],
    role: 'server',
    preset: 'default',
    cuts: 'captured cuts',
    row: 'F30',
    reason:
      'data after the end of stream is an error of the stream, which ends without an end of stream; ' +
      'byte by byte our own end of stream is out before',
    expected: { steps: sends(8, '07000000 03000000 6f6e65') },
  },
  {
    vectors: ['stream-unused'],
    role: 'server',
    preset: 'default',
    row: 'design 5.2 ends',
    reason: 'a stream that no call names stays until its parent ends: the call may still come',
    expected: { steps: follows(7, 8) },
  },
  {
    vectors: ['stream-unknown-verb'],
    role: 'server',
    preset: 'default',
    row: 'design 5.2 ends',
    reason: 'nor does a call of an unknown verb name it',
    expected: { steps: follows(9, 10) },
  },
];

const EXTENSION: Deviation = {
  vectors: conversationsWith('seastar').map(({ name }) => name),
  role: 'client',
  preset: 'default',
  row: 'design 4 extension',
  reason: 'our client offers the extension, which Seastar ignores; its children then do not',
  // Feature 0x534c0001, 26 bytes: the BSON document { v: 3, keep: 0 } of a client with one connection.
  expected: {
    steps: offers('01004c53 1a000000 1a000000 10 7600 03000000 12 6b65657000 0000000000000000 00'),
  },
};

/** All of them. */
export const DEVIATIONS: readonly Deviation[] = [
  ...MEASURED,
  ...BETTER_ALWAYS,
  ...BETTER_BY_DEFAULT,
  EXTENSION,
  ...waitingFins('server', SERVER_FINS),
  ...waitingFins('client', CLIENT_FINS),
];

/** Conversations that need more than there is, and what their replay proves already. */
export const ANSWERED_LATER: Readonly<Record<string, string>> = {
  'probe-two-shards':
    'a stream that lives on another shard than its parent comes with clusters; until then one ' +
    'process gives the ids of both shards, and their bytes are the same',
};

function waitingFins(role: Deviation['role'], fins: typeof SERVER_FINS): Deviation[] {
  return Object.entries(fins).map(([name, pairs]) => ({
    vectors: [name],
    role,
    preset: 'default',
    row: 'design 5.2 ends',
    reason: PEER_ENDS_FIRST,
    expected: { steps: edits(...pairs.map(([fin, cause]) => follows(fin, cause))) },
  }));
}
