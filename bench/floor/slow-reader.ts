import { setTimeout as sleep } from 'node:timers/promises';

import { ByteCheck } from '../support/byte-messages.ts';
import { messagesOutcome } from '../support/outcomes.ts';
import type { Driving, Subject } from '../support/workload.ts';
import { FrameSkimmer } from './frame-skimmer.ts';
import { bulkPlan } from './plans.ts';
import { connectRaw } from './raw-listen.ts';
import { encodeProduce, floorStreams } from './streams.ts';

/** A raw connection whose reader pauses it for so long after each message. */
export function floorSlowReader(messageBytes: number, messageMs: number): Subject {
  const streams = floorStreams('down', bulkPlan(messageBytes));
  return {
    serve: () => streams.serve(),
    connect: (port) => connectSlow(port, messageBytes, messageMs),
  };
}

async function connectSlow(
  port: number,
  messageBytes: number,
  messageMs: number,
): Promise<Driving> {
  const check = new ByteCheck(messageBytes);
  const skimmer = new FrameSkimmer(check);
  const socket = await connectRaw(port);
  const read = async (chunk: Buffer): Promise<void> => {
    const before = check.tally.count;
    skimmer.push(chunk, chunk.length);
    const messages = check.tally.count - before;
    if (messages === 0) return;
    socket.pause();
    await sleep(messages * messageMs);
    socket.resume();
  };
  socket.on('data', (chunk) => void read(chunk));
  return {
    run: async (amount) => {
      const start = performance.now();
      const received = check.tally.expect(amount);
      socket.write(encodeProduce(amount));
      await received;
      return messagesOutcome(amount, (performance.now() - start) / 1e3);
    },
  };
}
