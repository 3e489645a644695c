import { connect, type Msg, type NatsConnection } from '@nats-io/transport-node';
import { setTimeout as sleep } from 'node:timers/promises';

import { type Cargo, plainEncoder, plainTaker } from '../support/cargo.ts';
import { orDie } from '../support/or-die.ts';

/** Published bytes until the next flush is waited for, which the broker answers. */
const FLUSH_BYTES = 1_048_576;

/** Where the cargo goes. */
export const CARGO = { down: 'cargo.down', up: 'cargo.up' } as const;

/** Connects to the broker. */
export function connectBroker(port: number): Promise<NatsConnection> {
  return connect({ servers: `127.0.0.1:${port}`, noAsyncTraces: true });
}

/** Publishes so many messages, waiting for the broker now and then. */
export async function publishAll(
  connection: NatsConnection,
  subject: string,
  cargo: Cargo,
  count: number,
): Promise<void> {
  const encode = plainEncoder(cargo);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const message = encode(i);
    connection.publish(subject, message);
    bytes += message.length;
    if (bytes < FLUSH_BYTES) continue;
    bytes = 0;
    await connection.flush();
  }
  await connection.flush();
}

/** Takes messages by a callback, which is quicker than to iterate, or slowly one by one. */
export function subscribeTo(connection: NatsConnection, subject: string, cargo: Cargo): void {
  const take = orDie(plainTaker(cargo));
  if (cargo.readMs > 0) {
    void takeSlowly(connection, subject, take, cargo.readMs);
    return;
  }
  connection.subscribe(subject, {
    callback: (error, { data }) => {
      if (error !== null) throw error;
      take(toBuffer(data));
    },
  });
}

async function takeSlowly(
  connection: NatsConnection,
  subject: string,
  take: (bytes: Buffer) => void,
  readMs: number,
): Promise<void> {
  for await (const { data } of connection.subscribe(subject)) {
    take(toBuffer(data));
    await sleep(readMs);
  }
}

/** Asks a responder and takes its answer for a number. */
export async function askNumber(
  connection: NatsConnection,
  subject: string,
  question: string | number,
): Promise<number> {
  return numberOf(await connection.request(subject, String(question), { timeout: 60_000 }));
}

/** The number in a message. */
export function numberOf(message: Msg): number {
  return Number(message.string());
}

/** The same bytes as a Buffer. */
function toBuffer({ buffer, byteOffset, byteLength }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}
