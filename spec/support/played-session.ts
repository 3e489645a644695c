import { systemRandom } from '../../lib/base/random.ts';
import {
  decodeExtension,
  encodeExtension,
  type Extension,
} from '../../lib/connection/handshake/extension.ts';
import { type Proof, Prover, type SessionKey } from '../../lib/connection/handshake/proof.ts';
import type { Features } from '../../lib/wire/feature.ts';

/** The session of a client that a test plays, as its server answered the main connection. */
export class PlayedSession {
  /** What a client of our version says on its main connection. */
  static readonly OFFER: Buffer = encodeExtension();

  readonly id: bigint;
  readonly key: SessionKey;
  readonly #prover: Prover;

  /** @param answer - what the server said to a main connection that offered {@link OFFER}. */
  constructor(answer: Features) {
    const { connectionId, extension } = answer;
    const session = extension && decodeExtension(extension).session;
    if (connectionId === undefined || session === undefined) {
      throw new Error('the server gave no id or no session');
    }
    this.id = connectionId;
    this.key = session;
    this.#prover = new Prover(session, connectionId, systemRandom());
  }

  /** The next proof, to be used once. */
  prove(): Proof {
    return this.#prover.prove('child');
  }

  /** What a child offers: by default what the server accepts. */
  child(parts: Partial<Extension> = {}): Partial<Features> {
    const extension = { proof: this.prove(), ...parts };
    return { streamParent: this.id, extension: encodeExtension(extension) };
  }
}
