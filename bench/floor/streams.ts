import type { Socket } from 'node:net';

import type { Driving, Subject } from '../support/workload.ts';
import type { FloorPlan } from './plans.ts';
import { RawOutput } from './raw-output.ts';
import { TCP, type Wire } from './wires.ts';

const COMMAND_BYTES = 8;
const PRODUCE = 1;
const RECEIVE = 2;

/**
 * Messages over one raw connection. A run begins with a command of the client, u32 what and u32 how
 * many; then one side sends messages, and of those that the client sends the server acknowledges the
 * last with a byte.
 */
export function floorStreams(direction: 'down' | 'up', plan: FloorPlan, wire: Wire = TCP): Subject {
  return {
    serve: () => wire.listen((socket) => serveStream(socket, plan, wire)),
    connect: (port) =>
      direction === 'down' ? connectDown(port, plan, wire) : connectUp(port, plan, wire),
  };
}

/** Serves the commands of one connection. */
export function serveStream(accepted: Socket, plan: FloorPlan, wire: Wire = TCP): void {
  const receiver = plan.makeReceiver();
  let isReceiving = false;
  const socket = wire.read(accepted, (chunk, bytes) => {
    const at = isReceiving ? 0 : command(chunk);
    if (at < bytes) receiver.push(at === 0 ? chunk : chunk.subarray(at), bytes - at);
  });
  const output = new RawOutput(socket);

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
}

/** Connects to receive. */
export async function connectDown(
  port: number,
  plan: FloorPlan,
  wire: Wire = TCP,
): Promise<Driving> {
  const receiver = plan.makeReceiver();
  const socket = await wire.connect(port, (chunk, bytes) => receiver.push(chunk, bytes));
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

async function connectUp(port: number, plan: FloorPlan, wire: Wire): Promise<Driving> {
  let onAcknowledged: (() => void) | undefined;
  const socket = await wire.connect(port, () => onAcknowledged?.());
  const output = new RawOutput(socket);
  return {
    run: async (amount) => {
      const start = performance.now();
      const acknowledged = new Promise<void>((resolve) => (onAcknowledged = resolve));
      socket.write(encodeCommand(RECEIVE, amount));
      await plan.send(output, amount);
      await acknowledged;
      return plan.outcome(amount, (performance.now() - start) / 1e3);
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
