import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from 'sluice';

import { writeCertificates } from './certificates.ts';
import type { Order } from './orders.ts';
import { ended, start } from './processes.ts';
import type { ExportedSpan } from './tracing.ts';

const LARGE = 10_000;
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN_ID = 'b7ad6b7169203331';

const folder = await mkdtemp(join(tmpdir(), 'gateway-'));
await writeCertificates(folder, ['backend', 'gateway']);
const spanFiles = {
  backend: join(folder, 'backend.spans'),
  gateway: join(folder, 'gateway.spans'),
};

/** The lines of a log, each of which must be JSON. */
class Log {
  readonly lines: Record<string, unknown>[] = [];
  readonly #lines: AsyncIterableIterator<string>;

  constructor({ stdout }: ChildProcess) {
    if (stdout === null) throw new Error('the output is not read');
    this.#lines = createInterface(stdout)[Symbol.asyncIterator]();
  }

  /** Reads on to the line with this message. */
  async find(message: string): Promise<Record<string, unknown>> {
    for (let step; !(step = await this.#lines.next()).done;) {
      const line = JSON.parse(step.value) as Record<string, unknown>;
      this.lines.push(line);
      if (line['msg'] === message) return line;
    }
    throw new Error(`no line says "${message}"`);
  }
}

async function readSpans(path: string): Promise<ExportedSpan[]> {
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as ExportedSpan);
}

const backend = start('backend.js', folder, spanFiles.backend);
const backendLog = new Log(backend);
const { port } = await backendLog.find('listening');
const gateway = start('gateway.js', folder, spanFiles.gateway, String(port));
const gatewayLog = new Log(gateway);
const { address } = await gatewayLog.find('ready');
const url = String(address);

// Without a certificate nobody talks to the backend.
const ca = await readFile(join(folder, 'ca.pem'));
const stranger = connect({ host: 'localhost', family: 4, port: Number(port), tls: { ca } });
await rejects(stranger, { code: 'ERR_TLS' });

// A call: its answer, its trace, its metrics.
const traceparent = `00-${TRACE_ID}-${CALLER_SPAN_ID}-01`;
const answer = await fetch(`${url}/orders/7`, { headers: { traceparent } });
equal(((await answer.json()) as Order).total, 21);
equal((await fetch(`${url}/orders/0`)).status, 404);
const health = await fetch(`${url}/health`);
deepEqual([health.status, await health.json()], [200, { isHealthy: true, caller: 'gateway' }]);
const metrics = await (await fetch(`${url}/metrics`)).text();
match(metrics, /^sluice_call_seconds_count\{method="orders\/get",outcome="ok"\} 1$/m);
match(metrics, /^sluice_call_seconds_count\{method="orders\/get",outcome="error"\} 1$/m);

// A large answer is under way when the gateway is told to stop. It comes as a whole.
const large = await fetch(`${url}/orders?count=${LARGE}`);
gateway.kill('SIGTERM');
const orders = (await large.text()).trimEnd().split('\n');
equal(orders.length, LARGE);
equal((JSON.parse(orders.at(-1) ?? '') as Order).id, LARGE);
await gatewayLog.find('stopped');
equal(await ended(gateway), 0);
backend.kill('SIGTERM');
await backendLog.find('stopped');
equal(await ended(backend), 0);

// The spans of both processes make one trace.
const spans = [...(await readSpans(spanFiles.gateway)), ...(await readSpans(spanFiles.backend))];
const traced = spans.filter(({ traceId }) => traceId === TRACE_ID);
let parent = CALLER_SPAN_ID;
for (const name of ['GET /orders/:id', 'orders/get', 'serve orders/get']) {
  const span = traced.find((candidate) => candidate.name === name);
  equal(span?.parentSpanId, parent, `${name} has another parent`);
  parent = span?.spanId ?? '';
}
equal(traced.length, 3);
ok(gatewayLog.lines.some(({ msg }) => msg === 'request completed'));

await rm(folder, { recursive: true });
console.log(
  `gateway: answers, mTLS, health, metrics, one trace through both processes, and ${LARGE} orders ` +
    'streamed to their end after SIGTERM',
);
