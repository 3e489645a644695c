/** A plot with a panel for each workload, and a bar for each subject in it. */
export interface Chart {
  /** The plot's file, without its ending. */
  readonly file: string;
  readonly title: string;
  readonly subtitle: string;
  /** Draws how many times the floor's value, so that panels of different units can stand together. */
  readonly isRelative?: boolean;
  /** Gives each panel an axis of its own, because what they measure has nothing in common. */
  readonly hasOwnAxes?: boolean;
  /** What is written behind the values of the axis. */
  readonly tickUnit?: string;
  /** Names of figures with the titles of their panels, in this order. Absent ones are left out. */
  readonly panels: readonly (readonly [figure: string, title: string])[];
}

const FLOOR = 'The floor: the same bytes over raw sockets.';
const HIGHER = `Higher is better. ${FLOOR}`;
const LOWER = `Lower is better. ${FLOOR}`;

/** Large messages in memory that is used again. */
const BULK_AGAIN = ['64KiB', '1MiB'].flatMap((size) =>
  ['down', 'up'].flatMap((direction) =>
    ['borrowed', 'taken'].map((way) => {
      const route = direction === 'down' ? 'server to client' : 'client to server';
      return [
        `bulk.${direction}.${size}.${way}`,
        `${size.replace(/[KM]/, ' $&')}, ${route}, ${way}`,
      ] as const;
    }),
  ),
);

/** All plots, the one to begin with first. */
export const CHARTS: readonly Chart[] = [
  {
    file: 'overview',
    title: 'How much of a raw socket’s speed is left',
    subtitle:
      'Times the floor, which is the same bytes over raw sockets, in the same run. Log scale.',
    isRelative: true,
    tickUnit: '×',
    panels: [
      ['stream.down.64B.batch', '64-byte messages, in batches'],
      ['stream.down.64B.each', '64-byte messages, one by one'],
      ['records.down', '100-byte records'],
      ['bulk.down.64KiB', '64 KiB messages'],
      ['unary.c1', 'Calls, one at a time'],
      ['unary.c64', 'Calls, 64 at a time'],
    ],
  },
  {
    file: 'messages',
    title: '64-byte messages over one stream',
    subtitle: `Messages per second, log scale. ${HIGHER}`,
    panels: [
      ['stream.down.64B.batch', 'Server to client, read in batches'],
      ['stream.up.64B.batch', 'Client to server, read in batches'],
      ['stream.down.64B.each', 'Server to client, for await'],
      ['stream.up.64B.each', 'Client to server, for await'],
      ['stream.down.64B.read', 'Server to client, await read()'],
      ['stream.up.64B.read', 'Client to server, await read()'],
    ],
  },
  {
    file: 'packed',
    title: '64-byte messages in a packed layout of one member',
    subtitle: `Messages per second, log scale. ${HIGHER}`,
    panels: [
      ['stream.down.64B.packed-bytes.batch', 'Bytes, server to client, in batches'],
      ['stream.up.64B.packed-bytes.batch', 'Bytes, client to server, in batches'],
      ['stream.down.64B.packed-bytes.each', 'Bytes, server to client, for await'],
      ['stream.up.64B.packed-bytes.each', 'Bytes, client to server, for await'],
      ['stream.down.64B.packed-string.batch', 'Text, server to client, in batches'],
      ['stream.up.64B.packed-string.batch', 'Text, client to server, in batches'],
      ['stream.down.64B.packed-string.each', 'Text, server to client, for await'],
      ['stream.up.64B.packed-string.each', 'Text, client to server, for await'],
    ],
  },
  {
    file: 'files',
    title: 'A file from disk to disk',
    subtitle: 'The floor: stream.pipeline from file to socket and from socket to file.',
    hasOwnAxes: true,
    panels: [
      ['file', 'MB/s, higher is better'],
      ['file.cpu.server', 'Processor time of the sender for a MiB, µs'],
      ['file.cpu.client', 'Processor time of the receiver for a MiB, µs'],
      ['file.rss', 'Memory over idle, bytes'],
    ],
  },
  {
    file: 'records',
    title: 'Records of some 100 bytes over one stream',
    subtitle: `Records per second, log scale. ${HIGHER}`,
    panels: [
      ['records.down', 'BSON, server to client'],
      ['records.up', 'BSON, client to server'],
      ['records.shaped.down', 'BSON of a declared shape, server to client'],
      ['records.shaped.up', 'BSON of a declared shape, client to server'],
      ['records.packed.down', 'Packed, server to client'],
      ['records.packed.up', 'Packed, client to server'],
      ['records.tls.down', 'BSON over TLS, server to client'],
      ['records.tls.up', 'BSON over TLS, client to server'],
    ],
  },
  {
    file: 'bulk',
    title: 'Large messages over one stream',
    subtitle: `Megabytes per second, log scale. ${HIGHER}`,
    panels: [
      ['bulk.down.64KiB', '64 KiB, server to client'],
      ['bulk.up.64KiB', '64 KiB, client to server'],
      ['bulk.down.1MiB', '1 MiB, server to client'],
      ['bulk.up.1MiB', '1 MiB, client to server'],
      ['lz4.64KiB', '64 KiB, compressed by LZ4'],
    ],
  },
  {
    file: 'bulk-again',
    title: 'Large messages in memory that is used again',
    subtitle: `Megabytes per second, log scale. ${HIGHER} Borrowed by the reader; or taken by the writer as well.`,
    panels: BULK_AGAIN.map(([name, title]) => [name, title]),
  },
  {
    file: 'bulk-again-cpu',
    title: 'What such a message costs',
    subtitle: `Processor time of one end for a message, µs, log scale. ${LOWER}`,
    panels: BULK_AGAIN.flatMap(([name, title]): [string, string][] => [
      [`${name}.cpu.server`, `${title}: server`],
      [`${name}.cpu.client`, `${title}: client`],
    ]),
  },
  {
    file: 'calls',
    title: 'Calls that echo a record, and streams that are opened',
    subtitle: `Per second, log scale. ${HIGHER}`,
    panels: [
      ['unary.c1', 'Calls, one at a time'],
      ['unary.c64', 'Calls, 64 at a time'],
      ['unary.shaped.c64', 'Calls of a declared shape, 64 at a time'],
      ['open.cold', 'Streams opened on new connections'],
      ['open.parked', 'Streams opened on parked connections'],
    ],
  },
  {
    file: 'latency',
    title: 'How long a call takes',
    subtitle: `Microseconds, log scale. ${LOWER}`,
    panels: [
      ['unary.c1.p50', 'One at a time, median'],
      ['unary.c1.p99', 'One at a time, 99th percentile'],
      ['unary.c64.p50', '64 at a time, median'],
      ['unary.beside-bulk.p99', 'Beside a saturating stream, 99th percentile'],
      ['unary.beside-bulk.borrowed.p99', 'The same, the stream being borrowed'],
      ['service.first-item.warm.p50', 'The first item of a stream, on a parked connection, median'],
    ],
  },
  {
    file: 'services',
    title: 'What services cost beside verbs and bare sinks',
    subtitle:
      'CPU time of one side for each call or item, log scale. Lower is better. The floor: the verb’s call, or a bare sink.',
    panels: [
      ['service.call.cpu.server', 'A call, 64 at a time: server'],
      ['service.call.cpu.client', 'A call, 64 at a time: client'],
      ['service.call.no-context.cpu.server', 'Without call contexts: server'],
      ['service.call.no-context.cpu.client', 'Without call contexts: client'],
      ...itemPanels('service.item', 'A record'),
      ...itemPanels('service.item.no-context', 'The same without call contexts'),
      ...itemPanels('service.item.shaped', 'A record of a declared shape'),
      ...itemPanels('service.item.number', 'A small number'),
    ],
  },
  {
    file: 'resumable',
    title: 'What it costs that a stream can be resumed',
    subtitle: `Items or megabytes per second, log scale. ${HIGHER} Plain: the same stream, not resumable.`,
    hasOwnAxes: true,
    panels: [
      ['resumable.down.64B.batch', '64-byte items, server to client, read in batches'],
      ['resumable.up.64B.batch', '64-byte items, client to server, read in batches'],
      ['resumable.down.records', '100-byte records, server to client'],
      ['resumable.up.records', '100-byte records, client to server'],
      ['resumable.down.64KiB', '64 KiB items, server to client'],
      ['resumable.up.64KiB', '64 KiB items, client to server'],
      ['resumable.far', '64 KiB items through a link at 100 MB/s, 20 ms each way'],
    ],
  },
  {
    file: 'memory',
    title: 'How much memory is taken',
    subtitle: `Growth of RSS on the side where it grows more, log scale. ${LOWER}`,
    hasOwnAxes: true,
    tickUnit: 'B',
    panels: [
      ['idle.rss', 'An idle stream'],
      ['slow-reader.rss', 'A producer without end and a slow reader'],
      ['slow-reader.borrowed.rss', 'The same, the reader borrowing'],
    ],
  },
];

/** Both sides of both directions of a workload about items. */
function itemPanels(name: string, title: string): Chart['panels'] {
  return [
    [`${name}.down.cpu.server`, `${title}: server, sending`],
    [`${name}.down.cpu.client`, `${title}: client, reading`],
    [`${name}.up.cpu.client`, `${title}: client, sending`],
    [`${name}.up.cpu.server`, `${title}: server, reading`],
  ];
}
