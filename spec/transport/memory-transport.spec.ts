import { systemClock } from '../../lib/base/clock.ts';
import { resolveEndpoint } from '../../lib/transport/endpoint.ts';
import { MemoryTransport } from '../../lib/transport/memory-transport.ts';
import { transportCompliance } from '../compliance/transport.ts';

transportCompliance('memory', async () => ({
  transport: new MemoryTransport({ clock: systemClock }),
  listenAt: resolveEndpoint({ host: 'localhost', port: 0 }, 'listen'),
  dialTo: ({ port }) => resolveEndpoint({ host: 'localhost', port }, 'dial'),
  hasReset: true,
  maxBufferedBytes: 262_144,
}));

transportCompliance('memory found by path', async () => ({
  transport: new MemoryTransport({ clock: systemClock, bufferBytes: 1_000 }),
  listenAt: resolveEndpoint({ path: 'somewhere' }, 'listen'),
  dialTo: () => resolveEndpoint({ path: 'somewhere' }, 'dial'),
  hasReset: true,
  maxBufferedBytes: 262_144,
}));
