import { deserialize, serializeWithBufferAndIndex } from 'bson';
import type { Socket } from 'node:net';

import { driveCalls } from '../support/drive-calls.ts';
import type { BenchRecord } from '../support/records.ts';
import type { Subject } from '../support/workload.ts';
import { FrameCutter, type FrameShape } from './frame-cutter.ts';
import { connectRaw, listenRaw } from './raw-listen.ts';

/** u64 timeout, u64 verb, i64 message id, u32 length. */
const REQUEST: FrameShape = { headerBytes: 28, lengthAt: 24 };
const REQUEST_TIMEOUT_AT = 0;
const REQUEST_VERB_AT = 8;
const REQUEST_ID_AT = 16;
/** i64 message id, u32 length, u32 duration. */
const RESPONSE: FrameShape = { headerBytes: 16, lengthAt: 8 };
const RESPONSE_ID_AT = 0;
const RESPONSE_DURATION_AT = 12;

const VERB = 1;
const SLAB_BYTES = 65_536;
const READ_BYTES = 65_536;

/** Frames of one turn that share a write, as in the library: both ends work at the same time. */
const FRAMES_PER_WRITE = 8;

/** Room that a frame of these calls needs at most. */
const FRAME_ROOM_BYTES = 512;

/** Echo calls over one raw connection, with the library's frames and the same js-bson. */
export function floorCalls(concurrency: number): Subject {
  return {
    serve: () => listenRaw(serveCalls),
    connect: async (port) => {
      const call = await connectCaller(port);
      return { run: (amount) => driveCalls(call, concurrency, amount) };
    },
  };
}

/** Answers the calls of one connection. */
export function serveCalls(socket: Socket): void {
  const output = new TurnOutput(socket);
  const cutter = new FrameCutter(REQUEST, (bytes, at) => {
    const record = decodeRecord(bytes, at + REQUEST.headerBytes);
    const start = output.reserve();
    const end = writeRecord(output.slab, start + RESPONSE.headerBytes, record);
    const { view } = output;
    view.setUint32(start + RESPONSE_ID_AT, bytes.readUInt32LE(at + REQUEST_ID_AT), true);
    view.setUint32(start + RESPONSE_ID_AT + 4, bytes.readUInt32LE(at + REQUEST_ID_AT + 4), true);
    view.setUint32(start + RESPONSE_DURATION_AT, 0, true);
    output.end(RESPONSE, start, end);
  });
  socket.on('data', (chunk) => cutter.push(chunk, chunk.length));
}

/** Connects. Resolves with what makes a call. */
export async function connectCaller(
  port: number,
): Promise<(record: BenchRecord) => Promise<BenchRecord>> {
  const pending = new PendingCalls();
  const cutter = new FrameCutter(RESPONSE, (bytes, at) => {
    const id = bytes.readUInt32LE(at + RESPONSE_ID_AT);
    pending.settle(id, decodeRecord(bytes, at + RESPONSE.headerBytes));
  });
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const callback = (bytesRead: number): boolean => {
    cutter.push(buffer, bytesRead);
    return true;
  };
  const output = new TurnOutput(await connectRaw(port, { buffer, callback }));
  return (record) =>
    new Promise((resolve) => {
      const start = output.reserve();
      const end = writeRecord(output.slab, start + REQUEST.headerBytes, record);
      const { view } = output;
      view.setFloat64(start + REQUEST_TIMEOUT_AT, 0); // eight bytes of zeros
      view.setUint32(start + REQUEST_VERB_AT, VERB, true);
      view.setUint32(start + REQUEST_VERB_AT + 4, 0, true);
      view.setUint32(start + REQUEST_ID_AT, pending.add(resolve), true);
      view.setUint32(start + REQUEST_ID_AT + 4, 0, true);
      output.end(REQUEST, start, end);
    });
}

/** Calls that wait, in places that are used again: a map by growing ids is more work to collect. */
class PendingCalls {
  readonly #waiting: (((record: BenchRecord) => void) | undefined)[] = [];
  readonly #free: number[] = [];

  /** Returns the id of the call. */
  add(resolve: (record: BenchRecord) => void): number {
    const id = this.#free.pop() ?? this.#waiting.length;
    this.#waiting[id] = resolve;
    return id;
  }

  settle(id: number, record: BenchRecord): void {
    const resolve = this.#waiting[id];
    if (resolve === undefined) throw new Error(`a reply to ${id}, which nobody asked`);
    this.#waiting[id] = undefined;
    this.#free.push(id);
    resolve(record);
  }
}

/** Gathers the frames of one turn of the loop and writes them by eights. */
class TurnOutput {
  slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  view: DataView = new DataView(this.slab.buffer);
  readonly #socket: Socket;
  #at = 0;
  #frames = 0;
  #isPlanned = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Makes room for a frame. Returns where it begins. */
  reserve(): number {
    if (this.#at + FRAME_ROOM_BYTES > SLAB_BYTES) this.#flush();
    return this.#at;
  }

  /** Ends a frame: fills in its length, and has it written at the end of the turn at the latest. */
  end(shape: FrameShape, start: number, end: number): void {
    this.view.setUint32(start + shape.lengthAt, end - start - shape.headerBytes, true);
    this.#at = end;
    if (++this.#frames === FRAMES_PER_WRITE) this.#flush();
    if (this.#isPlanned || this.#at === 0) return;
    this.#isPlanned = true;
    process.nextTick(this.#onTurnEnd);
  }

  readonly #onTurnEnd = (): void => {
    this.#isPlanned = false;
    this.#flush();
  };

  #flush(): void {
    if (this.#at === 0) return;
    this.#socket.write(this.slab.subarray(0, this.#at));
    this.#at = 0;
    this.#frames = 0;
    if (this.#socket.writableLength === 0) return;
    this.slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    this.view = new DataView(this.slab.buffer);
  }
}

function writeRecord(slab: Buffer, at: number, record: BenchRecord): number {
  return serializeWithBufferAndIndex({ 0: record }, slab, { index: at }) + 1;
}

function decodeRecord(bytes: Buffer, at: number): BenchRecord {
  const document = deserialize(bytes, { index: at, allowObjectSmallerThanBufferSize: true });
  // The caller checks that it is what it has sent.
  return document['0'] as BenchRecord;
}
