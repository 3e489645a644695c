import { context, propagation, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type FastifyRequest,
} from 'fastify';
import type { Registry } from 'prom-client';
import { type Client, isStatusError } from 'sluice';
import { HTTP_CODES } from 'sluice/errors';

import type { Order, Orders } from './orders.ts';

const HEALTH_TIMEOUT_MS = 10_000;
/** Connections that are idle hold up the end of the process for as long; Fastify's default is 72 s. */
const KEEP_ALIVE_MS = 500;

/** The routes, on the service that `client` is connected to. */
export function makeHttp(
  client: Client,
  metrics: Registry,
  log: FastifyBaseLogger,
): FastifyInstance {
  const orders = client.api<Orders>('orders');
  const quick = client.api<Orders>('orders', { timeoutMs: HEALTH_TIMEOUT_MS });
  const app = Fastify({ loggerInstance: log, keepAliveTimeout: KEEP_ALIVE_MS });
  traceRequests(app);

  app.setErrorHandler((error, _request, reply) => {
    if (!isStatusError(error)) throw error;
    return reply.code(HTTP_CODES[error.status]).send({ error: error.message });
  });

  app.get<{ Params: { id: string } }>('/orders/:id', ({ params }) => orders.get(Number(params.id)));

  // A client that reads slowly slows the service down, and fills no memory here.
  app.get<{ Querystring: { count: string } }>('/orders', async ({ query }, reply) => {
    const list = await orders.list(Number(query.count));
    return reply.type('application/x-ndjson').send(list.toReadable().map(lineOf));
  });

  app.get('/health', async (_request, reply) => {
    const caller = await quick.caller().catch(() => undefined);
    return reply
      .code(caller === undefined ? 503 : 200)
      .send({ isHealthy: caller !== undefined, caller });
  });

  app.get('/metrics', async (_request, reply) =>
    reply.type(metrics.contentType).send(await metrics.metrics()),
  );
  return app;
}

function lineOf(order: Order): string {
  return `${JSON.stringify(order)}\n`;
}

/** Each request has a span, in the trace that its headers name. */
function traceRequests(app: FastifyInstance): void {
  const spans = new WeakMap<FastifyRequest, Span>();
  app.addHook('onRequest', (request, _reply, done) => {
    const outer = propagation.extract(ROOT_CONTEXT, request.headers);
    const name = `${request.method} ${request.routeOptions.url ?? 'nowhere'}`;
    const span = trace.getTracer('example').startSpan(name, { kind: SpanKind.SERVER }, outer);
    spans.set(request, span);
    context.with(trace.setSpan(outer, span), done);
  });
  app.addHook('onResponse', async (request) => {
    spans.get(request)?.end();
  });
}
