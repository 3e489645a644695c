import type { Compressor } from '../../compression/compressor.ts';
import type { ProofChecker } from '../../connection/handshake/proof.ts';
import type { Link } from '../../connection/link/link.ts';
import type { Features } from '../../wire/feature.ts';
import type { Group } from '../limits/group.ts';

/** A client that was let in, with all that was agreed with it and found out about it. */
export interface AcceptedClient {
  /** Of its main connection. */
  readonly id: bigint;
  /** Its main connection, negotiated. */
  readonly link: Link;
  readonly compressor: Compressor | undefined;
  /** The features that were agreed. */
  readonly features: Features;
  /** The version of our extension that was agreed; 0 for none. */
  readonly extensionVersion: number;
  /** The answer of the `authenticate` hook. */
  readonly principal: unknown;
  /** The group of handlers that name none. */
  readonly group: Group | undefined;
  /** Judges the proofs of its children; undefined where they need none, as those of a plain Seastar. */
  readonly proofs: ProofChecker | undefined;
}
