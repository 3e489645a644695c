import { subscribe } from 'node:diagnostics_channel';
import { Gauge, Histogram, Registry } from 'prom-client';
import type { Client } from 'sluice';
import type { CallEvent } from 'sluice/diagnostics';

/** Metrics of the calls and streams of a client. */
export function makeMetrics(client: Client): Registry {
  const registry = new Registry();
  const seconds = new Histogram({
    name: 'sluice_call_seconds',
    help: 'Time that calls of the service took',
    labelNames: ['method', 'outcome'],
    registers: [registry],
  });
  subscribe('sluice:call:finish', (event) => {
    const { side, method = '', error, durationMs = 0 } = event as CallEvent;
    if (side !== 'client') return;
    const outcome = error === undefined ? 'ok' : 'error';
    seconds.observe({ method, outcome }, durationMs / 1_000);
  });
  new Gauge({
    name: 'sluice_open_streams',
    help: 'Streams that are being read now',
    registers: [registry],
    collect() {
      const streams = client.snapshot().connections.map((connection) => connection.streams.length);
      this.set(streams.reduce((sum, count) => sum + count, 0));
    },
  });
  return registry;
}
