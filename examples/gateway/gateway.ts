import pino from 'pino';
import { connect } from 'sluice';

import { makeHttp } from './http.ts';
import { makeMetrics } from './metrics.ts';
import { readTls } from './tls.ts';
import { startTracing, traceClient } from './tracing.ts';

const [folder = '', spans = '', backendPort = ''] = process.argv.slice(2);
const log = pino({ name: 'gateway' });
const stopTracing = startTracing(spans);

const client = await connect({
  host: 'localhost',
  family: 4,
  port: Number(backendPort),
  tls: readTls(folder, 'gateway'),
  interceptors: [traceClient],
  logger: log,
});
const app = makeHttp(client, makeMetrics(client), log);
const address = await app.listen({ host: '127.0.0.1', port: 0 });
log.info({ address }, 'ready');

process.once('SIGTERM', () => void stop());

/** Requests under way get their answers; then nothing keeps the process alive. */
async function stop(): Promise<void> {
  await app.close();
  await client.close();
  await stopTracing();
  log.info('stopped');
}
