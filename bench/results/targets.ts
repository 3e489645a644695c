/** What a figure of sluice is held against. */
export type Yardstick =
  /** The same figure of another subject. */
  | { readonly subject: string }
  /** Another figure of sluice. */
  | { readonly figure: string }
  /** One of the figure's own unit. */
  | { readonly unit: string };

/** How many times a yardstick a figure has to be at least, or may be at most. */
export type Bound = Yardstick & ({ readonly atLeast: number } | { readonly atMost: number });

/** What is asked of some figures of sluice. Each is to keep each bound. */
export interface Target {
  /** The workload in plain words. */
  readonly title: string;
  readonly figures: readonly string[];
  readonly bounds: readonly Bound[];
}

const FLOOR = { subject: 'floor' };
const GRPC = { subject: 'grpc-js' };
const WS = { subject: 'ws' };
const NATS = { subject: 'nats' };

const PLAIN = { subject: 'plain' };

const MIB = 1_048_576;

const ITEM_KINDS = [
  'service.item',
  'service.item.no-context',
  'service.item.shaped',
  'service.item.number',
];

const BULK = ['bulk.down.64KiB', 'bulk.up.64KiB', 'bulk.down.1MiB', 'bulk.up.1MiB'];

const BULK_AGAIN = ['borrowed', 'taken'].flatMap((way) => BULK.map((name) => `${name}.${way}`));

/** Every target, in the order of the page. A peer that was not measured leaves its bounds open. */
export const TARGETS: readonly Target[] = [
  {
    title: '64-byte messages, sent in a loop and read in batches',
    figures: ['stream.down.64B.batch', 'stream.up.64B.batch'],
    bounds: [
      { atLeast: 0.4, ...FLOOR },
      { atLeast: 7, ...NATS },
      { atLeast: 60, ...GRPC },
    ],
  },
  {
    title: '64-byte messages, read one by one',
    figures: ['stream.down.64B.each', 'stream.up.64B.each', 'stream.down.64B.read'],
    bounds: [
      { atLeast: 0.2, ...FLOOR },
      { atLeast: 30, ...GRPC },
    ],
  },
  {
    title: 'Records of some 100 bytes in BSON, the floor using the same js-bson',
    figures: ['records.down', 'records.up'],
    bounds: [
      { atLeast: 0.85, ...FLOOR },
      { atLeast: 2.5, ...NATS },
      { atLeast: 8, ...GRPC },
    ],
  },
  {
    title: 'The same records with a declared shape, the bytes being the same',
    figures: ['records.shaped.down'],
    bounds: [{ atLeast: 2.5, figure: 'records.down' }],
  },
  {
    title: 'The same records with a declared shape, the bytes being the same',
    figures: ['records.shaped.up'],
    bounds: [{ atLeast: 2.5, figure: 'records.up' }],
  },
  {
    title: 'The same records in packed layout',
    figures: ['records.packed.down'],
    bounds: [{ atLeast: 2.5, figure: 'records.down' }],
  },
  {
    title: 'The same records in packed layout',
    figures: ['records.packed.up'],
    bounds: [{ atLeast: 2.5, figure: 'records.up' }],
  },
  ...['bytes', 'string'].flatMap((kind) =>
    ['down.64B', 'up.64B'].flatMap((stream) =>
      ['batch', 'each'].map((reading) => ({
        title: `64-byte messages of a packed layout of ${kind}, beside raw ones`,
        figures: [`stream.${stream}.packed-${kind}.${reading}`],
        bounds: [{ atLeast: 0.85, figure: `stream.${stream}.${reading}` }],
      })),
    ),
  ),
  {
    title: 'Messages of 64 KiB and 1 MiB, each in memory of its own',
    figures: BULK,
    bounds: [
      { atLeast: 0.75, ...FLOOR },
      { atLeast: 5, ...GRPC },
      { atLeast: 1, ...WS },
    ],
  },
  {
    title: 'The same, read or written in memory that is used again',
    figures: BULK_AGAIN,
    bounds: [{ atLeast: 0.9, ...FLOOR }],
  },
  {
    title: 'The processor time of either end for such a message',
    figures: BULK_AGAIN.flatMap((name) => [`${name}.cpu.server`, `${name}.cpu.client`]),
    bounds: [{ atMost: 1.1, ...FLOOR }],
  },
  {
    title: 'A file from disk to disk, the floor being `stream.pipeline` at both ends',
    figures: ['file'],
    bounds: [{ atLeast: 0.9, ...FLOOR }],
  },
  {
    title: 'The processor time of that',
    figures: ['file.cpu.server', 'file.cpu.client'],
    bounds: [{ atMost: 1, ...FLOOR }],
  },
  {
    title: 'The memory of that, over idle',
    figures: ['file.rss'],
    bounds: [{ atMost: 32 * MIB, unit: 'B' }],
  },
  {
    title: 'Compressible messages of 64 KiB by LZ4, the floor being the compressor alone',
    figures: ['lz4.64KiB'],
    bounds: [{ atLeast: 0.8, ...FLOOR }],
  },
  {
    title: 'Echo calls, one at a time: median of the time',
    figures: ['unary.c1.p50'],
    bounds: [{ atMost: 1.15, ...FLOOR }],
  },
  {
    title: 'Echo calls, one at a time',
    figures: ['unary.c1'],
    bounds: [
      { atLeast: 4, ...GRPC },
      { atLeast: 1, ...WS },
    ],
  },
  {
    title: 'Echo calls, 64 at a time',
    figures: ['unary.c64'],
    bounds: [
      { atLeast: 0.85, ...FLOOR },
      { atLeast: 15, ...GRPC },
      { atLeast: 1, ...WS },
    ],
  },
  {
    title: 'Echo calls with a declared shape, 64 at a time',
    figures: ['unary.shaped.c64'],
    bounds: [
      { atLeast: 1.6, figure: 'unary.c64' },
      { atLeast: 1.25, ...WS },
    ],
  },
  {
    title:
      'Echo calls, one every millisecond beside a saturating stream: 99th percentile of the time',
    figures: ['unary.beside-bulk.p99'],
    bounds: [
      { atMost: 0.6, ...FLOOR },
      { atMost: 0.2, ...GRPC },
    ],
  },
  {
    title: 'The stream beside those calls',
    figures: ['unary.beside-bulk.bulk'],
    bounds: [{ atLeast: 0.8, figure: 'bulk.down.64KiB' }],
  },
  {
    title: 'Echo calls beside a stream that is borrowed: 99th percentile of the time',
    figures: ['unary.beside-bulk.borrowed.p99'],
    bounds: [{ atMost: 0.6, ...FLOOR }],
  },
  {
    title: 'The borrowed stream beside those calls',
    figures: ['unary.beside-bulk.borrowed.bulk'],
    bounds: [{ atLeast: 0.8, figure: 'bulk.down.64KiB.borrowed' }],
  },
  {
    title: 'A busy stream among thousands of idle ones, the floor being the same stream alone',
    figures: ['busy-among-idle'],
    bounds: [{ atLeast: 0.95, ...FLOOR }],
  },
  {
    title: 'Memory of an idle stream, the floor being a bare socket',
    figures: ['idle.rss'],
    bounds: [{ atMost: 1.3, ...FLOOR }],
  },
  {
    title:
      'Growth of memory, on either side, when a producer without end meets a slow reader that borrows',
    figures: ['slow-reader.borrowed.rss'],
    bounds: [{ atMost: 16 * MIB, unit: 'B' }],
  },
  {
    title: 'Streams opened on new connections, the floor being a bare connect and two round trips',
    figures: ['open.cold'],
    bounds: [{ atLeast: 0.5, ...FLOOR }],
  },
  {
    title: 'Streams opened on parked connections, in at most 1.5 times the time of a lone call',
    figures: ['open.parked'],
    bounds: [{ atLeast: 0.67, figure: 'unary.c1' }],
  },
  {
    title: 'The first item of a stream on a parked connection, the floor being a verb’s call',
    figures: ['service.first-item.warm.p50'],
    bounds: [{ atMost: 1.5, ...FLOOR }],
  },
  {
    title:
      'CPU time of a service’s call, 64 at a time, the floor being the verb’s call that it makes',
    figures: [
      'service.call.cpu.server',
      'service.call.cpu.client',
      'service.call.no-context.cpu.server',
      'service.call.no-context.cpu.client',
    ],
    bounds: [{ atMost: 1.25, ...FLOOR }],
  },
  {
    title:
      'CPU time of an item of a service’s stream, the floor being a bare sink that a generator feeds as well',
    figures: ITEM_KINDS.flatMap((kind) => [
      `${kind}.down.cpu.server`,
      `${kind}.down.cpu.client`,
      `${kind}.up.cpu.server`,
      `${kind}.up.cpu.client`,
    ]),
    bounds: [{ atMost: 1.15, ...FLOOR }],
  },
  {
    title: 'Child connections for streams within the items of a stream, read one after the other',
    figures: ['service.nested.c1.connections'],
    bounds: [{ atMost: 4, unit: 'connections' }],
  },
  {
    title: '64-byte items of a resumable stream, read in batches, beside a plain stream',
    figures: ['resumable.down.64B.batch', 'resumable.up.64B.batch'],
    bounds: [{ atLeast: 0.9, ...PLAIN }],
  },
  {
    title: 'Records and items of 64 KiB of a resumable stream, beside a plain stream',
    figures: [
      'resumable.down.records',
      'resumable.up.records',
      'resumable.down.64KiB',
      'resumable.up.64KiB',
    ],
    bounds: [{ atLeast: 0.9, ...PLAIN }],
  },
  {
    title: 'A resumable stream through a link at 100 MB/s with 20 ms each way',
    figures: ['resumable.far'],
    bounds: [{ atLeast: 0.9, ...FLOOR }],
  },
];
