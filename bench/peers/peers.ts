import type { Peer } from '../support/peers.ts';
import { brokerAbsence } from './nats/broker.ts';
import { subjectsOf } from './support/subjects.ts';

/** The libraries that sluice is measured beside, in the order of their turns. */
export const PEERS: readonly Peer[] = [
  {
    name: 'grpc-js',
    subjects: {
      ...subjectsOf(async () => (await import('./grpc/grpc.ts')).grpc),
      file: async () => (await import('./grpc/files.ts')).grpcFiles('synced'),
      'file.unsynced': async () => (await import('./grpc/files.ts')).grpcFiles('unsynced'),
      'file.rss': async () => (await import('./grpc/files.ts')).grpcFiles('synced'),
    },
  },
  {
    name: 'connect-node',
    subjects: subjectsOf(async () => (await import('./connect/connect.ts')).connect),
  },
  {
    name: 'http2',
    subjects: subjectsOf(async () => (await import('./http2/http2.ts')).http2),
  },
  {
    name: 'ws',
    subjects: subjectsOf(async () => (await import('./ws/ws.ts')).ws),
  },
  {
    name: 'kkrpc',
    subjects: subjectsOf(async () => (await import('./kkrpc/kkrpc.ts')).kkrpc),
  },
  {
    name: 'nats',
    absence: brokerAbsence,
    subjects: subjectsOf(async () => (await import('./nats/nats.ts')).nats),
  },
];
