import { appendFileSync } from 'node:fs';
import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import {
  NodeTracerProvider,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanExporter,
} from '@opentelemetry/sdk-trace-node';
import type { Interceptor } from 'sluice';

/** A span as a line of the file. */
export interface ExportedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
}

/** Writes spans to a file. A real program has an exporter for a collector of traces. */
class FileExporter implements SpanExporter {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  export(spans: ReadableSpan[], done: (result: { code: number }) => void): void {
    for (const span of spans) {
      const { traceId, spanId } = span.spanContext();
      const parentSpanId = span.parentSpanContext?.spanId;
      const exported: ExportedSpan = { name: span.name, traceId, spanId, parentSpanId };
      appendFileSync(this.#path, `${JSON.stringify(exported)}\n`);
    }
    done({ code: 0 });
  }

  async shutdown(): Promise<void> {}
}

/** Begins tracing; call the result when the process ends. */
export function startTracing(path: string): () => Promise<void> {
  const provider = new NodeTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(new FileExporter(path))],
  });
  provider.register();
  return () => provider.shutdown();
}

/** Gives each call a span, and sends the trace along with it. */
export const traceClient: Interceptor = (call, next) =>
  inSpan(`${call.service}/${call.method}`, SpanKind.CLIENT, () => {
    propagation.inject(context.active(), call.metadata);
    return next();
  });

/** Goes on with the trace of the caller. */
export const traceServer: Interceptor = (call, next) =>
  context.with(propagation.extract(ROOT_CONTEXT, call.metadata), () =>
    inSpan(`serve ${call.service}/${call.method}`, SpanKind.SERVER, next),
  );

async function inSpan(
  name: string,
  kind: SpanKind,
  work: () => Promise<unknown>,
): Promise<unknown> {
  return trace.getTracer('example').startActiveSpan(name, { kind }, async (span) => {
    try {
      return await work();
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      throw error;
    } finally {
      span.end();
    }
  });
}
