import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect } from 'node:http2';
import { json, text } from 'node:stream/consumers';

import type { BenchRecord } from '../../support/records.ts';
import type { Cargo } from '../support/cargo.ts';
import type { PeerClient } from '../support/peer-library.ts';
import { readBody, sendBody } from './framing.ts';
import { COUNT_HEADER, SESSION_OPTIONS, WINDOW_BYTES } from './session.ts';

/** All streams and calls share one connection. */
export async function connectHttp2(port: number, cargo: Cargo): Promise<PeerClient> {
  const session = connect(`http://127.0.0.1:${port}`, SESSION_OPTIONS);
  await once(session, 'connect');
  session.setLocalWindowSize(WINDOW_BYTES);
  const held: ClientHttp2Stream[] = [];
  return {
    echo: async (record) => {
      const stream = request(session, '/echo');
      stream.end(JSON.stringify(record));
      // The caller checks that it is what it has sent.
      return (await json(stream)) as BenchRecord;
    },

    receive: async (count) => {
      const received = cargo.tally.expect(count);
      const stream = request(session, '/produce', count);
      stream.end();
      readBody(stream, cargo);
      await received;
    },

    send: async (count) => {
      const stream = request(session, '/take', count);
      await sendBody(stream, cargo, count);
      stream.end();
      await text(stream);
    },

    hold: async () => {
      const stream = request(session, '/hold');
      held.push(stream);
      const [chunk] = (await once(stream, 'data')) as [Buffer];
      return Number(chunk.toString());
    },

    sendOne: async (number) => {
      const stream = request(session, '/take-one');
      stream.end(String(number));
      await text(stream);
    },

    sumOfEnded: async (count) => {
      const stream = request(session, '/sum-of-ended', count);
      stream.end();
      return Number(await text(stream));
    },
  };
}

function request(session: ClientHttp2Session, path: string, count = 0): ClientHttp2Stream {
  return session.request({ ':method': 'POST', ':path': path, [COUNT_HEADER]: count });
}
