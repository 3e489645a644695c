import type { OnReadOpts, Socket } from 'node:net';

import type { FloorPlan } from './plans.ts';
import type { Driving, Subject } from '../support/workload.ts';
import { RawOutput } from './raw-output.ts';
import { connectRaw, listenRaw, readInto } from './raw-listen.ts';

/** Read into again and again by the side that may choose; a larger one falls out of the cache. */
const READ_BYTES = 65_536;

const COMMAND_BYTES = 8;
const PRODUCE = 1;
const RECEIVE = 2;

/**
 * Messages over one raw connection. A run begins with a command of the client, u32 what and u32 how
 * many; then one side sends messages, and of those that the client sends the server acknowledges the
 * last with a byte.
 */
export function floorStreams(direction: 'down' | 'up', plan: FloorPlan): Subject {
  return {
    serve: () => listenRaw((socket) => serveStream(socket, plan)),
    connect: (port) => (direction === 'down' ? connectDown(port, plan) : connectUp(port, plan)),
  };
}

/** Serves the commands of one connection. */
export function serveStream(accepted: Socket, plan: FloorPlan): void {
  const socket = readInto(
    accepted,
    intoOneBuffer((chunk, bytes) => onBytes(chunk, bytes)),
  );
  const output = new RawOutput(socket);
  const receiver = plan.makeReceiver();
  let isReceiving = false;

  /** Returns how many bytes the command took: all that a producer gets, the first of a receiver's. */
  const command = (chunk: Buffer): number => {
    const count = chunk.readUInt32LE(4);
    if (chunk.readUInt32LE(0) === PRODUCE) void plan.send(output, count);
    else void receive(count);
    return COMMAND_BYTES;
  };
  const receive = async (count: number): Promise<void> => {
    isReceiving = true;
    await receiver.expect(count);
    isReceiving = false;
    socket.write('!');
  };
  const onBytes = (chunk: Buffer, bytes: number): void => {
    const at = isReceiving ? 0 : command(chunk);
    if (at < bytes) receiver.push(at === 0 ? chunk : chunk.subarray(at), bytes - at);
  };
}

/** Connects to receive. */
export async function connectDown(port: number, plan: FloorPlan): Promise<Driving> {
  const receiver = plan.makeReceiver();
  const socket = await connectRaw(
    port,
    intoOneBuffer((chunk, bytes) => receiver.push(chunk, bytes)),
  );
  return {
    run: async (amount) => {
      const start = performance.now();
      const received = receiver.expect(amount);
      socket.write(encodeProduce(amount));
      await received;
      return plan.outcome(amount, (performance.now() - start) / 1e3);
    },
  };
}

async function connectUp(port: number, plan: FloorPlan): Promise<Driving> {
  const socket = await connectRaw(port);
  const output = new RawOutput(socket);
  return {
    run: async (amount) => {
      const start = performance.now();
      const acknowledged = new Promise((resolve) => socket.once('data', resolve));
      socket.write(encodeCommand(RECEIVE, amount));
      await plan.send(output, amount);
      await acknowledged;
      return plan.outcome(amount, (performance.now() - start) / 1e3);
    },
  };
}

/** @param push - gets the buffer with so many bytes; they are gone when it returns. */
function intoOneBuffer(push: (chunk: Buffer, bytes: number) => void): OnReadOpts {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  return {
    buffer,
    callback: (bytesRead) => {
      push(buffer, bytesRead);
      return true;
    },
  };
}

/** The command that has the server send so many messages. */
export function encodeProduce(count: number): Buffer {
  return encodeCommand(PRODUCE, count);
}

function encodeCommand(what: number, count: number): Buffer {
  const command = Buffer.alloc(COMMAND_BYTES);
  command.writeUInt32LE(what, 0);
  command.writeUInt32LE(count, 4);
  return command;
}
