import {
  type Api,
  type Client,
  type LocalStream,
  type RemoteStream,
  stream,
} from '../../lib/index.ts';
import { type Item, makeItems, resumableFor } from './items.ts';
import type { Readings } from './readings.ts';
import type { Verdict } from './verdict.ts';

/** The name under which the service is exposed. */
export const PROOF_SERVICE = 'proof';

/** The methods of the other process: it sends a stream in a value, reads one, and tells its findings. */
export class ProofService {
  readonly #readings: Readings;

  constructor(readings: Readings) {
    this.#readings = readings;
  }

  /** Sends so many items. */
  download(count: number): Promise<LocalStream<Item>> {
    return Promise.resolve(stream(makeItems(count), { resumable: resumableFor(count) }));
  }

  /** Reads the items to their end. */
  upload(name: string, count: number, items: RemoteStream<Item>): Promise<void> {
    return this.#readings.read(name, count, items);
  }

  /** What a reading has found, of a stream of either kind. */
  verdict(name: string): Promise<Verdict | undefined> {
    return this.#readings.verdict(name);
  }
}

/** The other process, as the client sees it. */
export function proofApi(client: Client): Api<ProofService> {
  return client.api<ProofService>(PROOF_SERVICE, { idempotent: true });
}
