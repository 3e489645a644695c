import type { BenchRecord } from '../../support/records.ts';
import type { Serving } from '../../support/workload.ts';
import type { Cargo } from './cargo.ts';

/** What workloads ask of a library, each done in the fastest way that the library documents. */
export interface PeerLibrary {
  /** Starts a server for all that a client does. */
  serve(cargo: Cargo): Promise<Serving>;
  connect(port: number, cargo: Cargo): Promise<PeerClient>;
}

/** The client of one connection, or of as many as the library needs. */
export interface PeerClient {
  /** Calls the server. Resolves with the record that came back. */
  echo(record: BenchRecord): Promise<BenchRecord>;

  /** Has the server send so many messages in one stream. Resolves when all were taken here. */
  receive(count: number): Promise<void>;

  /** Sends so many messages in one stream. Resolves when the server has taken all. */
  send(count: number): Promise<void>;

  /** Opens a stream that carries nothing and stays. Resolves with how many the server holds. */
  hold(): Promise<number>;

  /** Opens a stream, sends a number in it and ends it. */
  sendOne(number: number): Promise<void>;

  /** Resolves when so many of the streams of `sendOne` have ended, with the sum of their numbers. */
  sumOfEnded(count: number): Promise<number>;
}
