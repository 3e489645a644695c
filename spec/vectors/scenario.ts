import type { Client, ClientOptions, Server } from '../../lib/index.ts';
import type { Random } from '../../lib/transport.ts';

/** What two ends of ours say to each other, told by what is done at each of them. */
export interface Scenario {
  readonly name: string;
  readonly description: string;
  /** The rows that it proves. */
  readonly rows: readonly string[];
  /** What its client is made with, beside where it connects to. */
  readonly client?: Partial<ClientOptions>;
  /** Serves what the client calls; whatever the server does comes of that. */
  serve(server: Server): void;
  /** Everything that the client does but for its goodbye, and what it saw, in values of JSON. */
  run(client: Client): Promise<unknown>;
}

/** Chance without any: bytes that count up, the same each time. */
export class CountedRandom implements Random {
  #next: number;

  /** @param first - the first byte. */
  constructor(first: number) {
    this.#next = first;
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.from(Array.from({ length: count }, (_, at) => (this.#next + at) & 0xff));
    this.#next += count;
    return bytes;
  }
}

/** What a client has by chance. */
export function clientRandom(): Random {
  return new CountedRandom(0x80);
}

/** What a server has by chance. */
export function serverRandom(): Random {
  return new CountedRandom(0x01);
}

/** How a promise is settled: by its value, or an error, whose name alone matters. */
export async function outcomeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return (await promise) ?? null;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
