import type { Socket } from 'node:net';

import { openedOutcome } from '../support/outcomes.ts';
import { EndedStreams } from '../support/ended-streams.ts';
import type { Subject } from '../support/workload.ts';
import { FrameCutter, type FrameShape } from './frame-cutter.ts';
import { connectRaw, listenRaw } from './raw-listen.ts';

/** Every frame: u32 kind, u32 length of what follows. */
const FRAME: FrameShape = { headerBytes: 8, lengthAt: 4 };

/** About what the library's negotiation and its calls take. */
const NEGOTIATION_BYTES = 64;
const CALL_BYTES = 64;

const KIND = { negotiation: 1, call: 2, message: 3, end: 4, count: 5 } as const;

/** A bare connection for each stream, with two round trips: one on it, then one on the main connection. */
export function floorOpenStream(): Subject {
  return {
    serve: () => {
      const ended = new EndedStreams();
      return listenRaw((socket) => serveSocket(socket, ended));
    },
    connect: async (port) => {
      const main = new Dialogue(await connectRaw(port));
      return {
        run: async (amount) => {
          const start = performance.now();
          for (let number = 0; number < amount; number++) await openOne(port, main, number);
          const sum = await main.ask(KIND.count, number8(amount));
          return openedOutcome(amount, sum.readDoubleLE(0), (performance.now() - start) / 1e3);
        },
      };
    },
  };
}

async function openOne(port: number, main: Dialogue, number: number): Promise<void> {
  const socket = await connectRaw(port);
  await new Dialogue(socket).ask(KIND.negotiation, Buffer.alloc(NEGOTIATION_BYTES));
  await main.ask(KIND.call, Buffer.alloc(CALL_BYTES));
  socket.write(frame(KIND.message, number8(number)));
  socket.end(frame(KIND.end, Buffer.alloc(0)));
}

function serveSocket(socket: Socket, ended: EndedStreams): void {
  let number = Number.NaN;
  const cutter = new FrameCutter(FRAME, (bytes, at, payloadBytes) => {
    const payload = bytes.subarray(at + FRAME.headerBytes, at + FRAME.headerBytes + payloadBytes);
    const kind = bytes.readUInt32LE(at);
    if (kind === KIND.message) number = payload.readDoubleLE(0);
    else if (kind === KIND.end) ended.add(number);
    else if (kind === KIND.count) {
      void ended
        .expect(payload.readDoubleLE(0))
        .then((sum) => socket.write(frame(kind, number8(sum))));
    } else socket.write(frame(kind, payload));
  });
  socket.on('data', (chunk) => cutter.push(chunk, chunk.length));
}

/** One question at a time on a connection. */
class Dialogue {
  readonly #socket: Socket;
  #resolve: ((answer: Buffer) => void) | undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    const cutter = new FrameCutter(FRAME, (bytes, at, payloadBytes) => {
      const start = at + FRAME.headerBytes;
      this.#resolve?.(Buffer.from(bytes.subarray(start, start + payloadBytes)));
    });
    socket.on('data', (chunk) => cutter.push(chunk, chunk.length));
  }

  ask(kind: number, payload: Buffer): Promise<Buffer> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#socket.write(frame(kind, payload));
    });
  }
}

function frame(kind: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(FRAME.headerBytes + payload.length);
  bytes.writeUInt32LE(kind, 0);
  bytes.writeUInt32LE(payload.length, FRAME.lengthAt);
  payload.copy(bytes, FRAME.headerBytes);
  return bytes;
}

function number8(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
