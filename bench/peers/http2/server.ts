import { createServer, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import { json, text } from 'node:stream/consumers';

import { EndedStreams } from '../../support/ended-streams.ts';
import type { Serving } from '../../support/workload.ts';
import type { Cargo } from '../support/cargo.ts';
import { listenTcp } from '../support/listen-tcp.ts';
import { readBody, sendBody } from './framing.ts';
import { COUNT_HEADER, SESSION_OPTIONS, WINDOW_BYTES } from './session.ts';

type Handler = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => Promise<void>;

/** Serves all that the workloads ask for. */
export function serveHttp2(cargo: Cargo): Promise<Serving> {
  const handlers = new Map(Object.entries({ ...streamHandlers(cargo), ...numberHandlers() }));
  const server = createServer(SESSION_OPTIONS);
  server.on('session', (session) => session.setLocalWindowSize(WINDOW_BYTES));
  server.on('stream', (stream: ServerHttp2Stream, headers) => {
    const handle = handlers.get(headers[':path'] ?? '');
    if (handle === undefined) throw new Error(`nothing is at ${headers[':path']}`);
    void handle(stream, headers);
  });
  return listenTcp(server);
}

/** The cargo, in both directions. */
function streamHandlers(cargo: Cargo): Record<string, Handler> {
  return {
    '/produce': async (stream, headers) => {
      stream.respond();
      await sendBody(stream, cargo, countOf(headers));
      stream.end();
    },
    '/take': async (stream, headers) => {
      const received = cargo.tally.expect(countOf(headers));
      readBody(stream, cargo);
      await received;
      stream.respond();
      stream.end();
    },
  };
}

/** Calls, and streams that carry a number at most. */
function numberHandlers(): Record<string, Handler> {
  const ended = new EndedStreams();
  let held = 0;
  return {
    '/echo': async (stream) => {
      const record = await json(stream);
      stream.respond();
      stream.end(JSON.stringify(record));
    },
    '/hold': async (stream) => {
      stream.respond();
      stream.write(String(++held));
    },
    '/take-one': async (stream) => {
      ended.add(Number(await text(stream)));
      stream.respond();
      stream.end();
    },
    '/sum-of-ended': async (stream, headers) => {
      const sum = await ended.expect(countOf(headers));
      stream.respond();
      stream.end(String(sum));
    },
  };
}

function countOf(headers: IncomingHttpHeaders): number {
  return Number(headers[COUNT_HEADER]);
}
