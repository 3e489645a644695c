import pino from 'pino';
import { listen } from 'sluice';

import { Orders } from './orders.ts';
import { readTls } from './tls.ts';
import { startTracing, traceServer } from './tracing.ts';

const [folder = '', spans = ''] = process.argv.slice(2);
const log = pino({ name: 'backend' });
const stopTracing = startTracing(spans);

const server = await listen({
  host: '127.0.0.1',
  port: 0,
  tls: { ...readTls(folder, 'backend'), requestCert: true, rejectUnauthorized: true },
  authenticate: ({ peer }) => {
    if (peer.tls?.isAuthorized !== true) throw new Error('no certificate');
    return peer.tls.commonName;
  },
  interceptors: [traceServer],
  logger: log,
});
server.expose('orders', new Orders());
log.info({ port: server.address.port }, 'listening');

process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  await server.close({ graceMs: 20_000 });
  await stopTracing();
  log.info('stopped');
}
