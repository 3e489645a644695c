import type { BenchRecord } from '../../support/records.ts';
import type { Cargo } from '../support/cargo.ts';
import { orDie } from '../support/or-die.ts';
import { Pace } from '../support/pace.ts';
import type { SocketIo } from './socket-io.ts';

/** Takes a message: bytes in base64, records as they are. */
export type Take = (message: unknown) => void;

/** What both sides offer each other; only arguments can be callbacks, which is why a stream is one. */
export interface StreamApi {
  /** Calls back with each of so many messages. */
  produce(count: number, take: Take): Promise<void>;
}

/** What the server offers. */
export interface ServerApi extends StreamApi {
  echo(record: BenchRecord): Promise<BenchRecord>;
  /** Has the client produce. Resolves when all have been taken. */
  take(count: number): Promise<void>;
  hold(take: Take): Promise<number>;
  /** Calls back with the number, and then with nothing. */
  produceOne(number: number, take: Take): Promise<void>;
}

/** kkrpc's faster format; its default, superjson, walks each value besides. */
export const SERIALIZATION = { version: 'json' } as const;

/** The producing side. Callbacks have no answer, so that it waits for the socket itself. */
export async function produceAll(
  io: SocketIo,
  cargo: Cargo,
  count: number,
  take: Take,
): Promise<void> {
  const encode = encoder(cargo);
  for (let i = 0; i < count; i++) {
    take(encode(i));
    const drained = io.drained();
    if (drained !== undefined) await drained;
  }
}

/** The taking side. */
export function makeTake(io: SocketIo, cargo: Cargo): Take {
  const pace = new Pace(io, cargo.readMs);
  const decode = cargo.kind === 'bytes' ? fromBase64 : identity;
  return orDie((message) => {
    cargo.take(decode(message));
    pace.step();
  });
}

/** JSON has no bytes; as base64 they are smaller and quicker than as kkrpc's arrays of numbers. */
function encoder(cargo: Cargo): (place: number) => unknown {
  const mask = cargo.messages.length - 1;
  if (cargo.kind === 'records') return (place) => cargo.messages[place & mask];
  return (place) => cargo.messages[place & mask]?.toString('base64');
}

function fromBase64(message: unknown): Buffer {
  return Buffer.from(String(message), 'base64');
}

function identity(message: unknown): unknown {
  return message;
}
