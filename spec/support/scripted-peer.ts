import type { Features } from '../../lib/wire/feature.ts';
import { NegotiationDecoder } from '../../lib/wire/negotiation-frame.ts';
import { NO_FEATURES, RawPeer } from './raw-peer.ts';

/** A client that a test plays, negotiated. */
export interface Joined {
  readonly peer: RawPeer;
  /** What the server answered. */
  readonly answer: Features;
  /** The id that the server gave. */
  readonly id: bigint;
}

/** Plays clients of a server on 127.0.0.1; all of them are gone when the test is over. */
export async function withPeers(
  port: number,
  run: (join: (features?: Partial<Features>) => Promise<Joined>) => Promise<void>,
): Promise<void> {
  const peers: RawPeer[] = [];
  try {
    await run(async (features) => {
      const peer = await RawPeer.connect(port, null);
      peers.push(peer);
      peer.negotiate({ ...NO_FEATURES, ...features });
      const answer = decodeNegotiation(await peer.takeNegotiation());
      return { peer, answer, id: answer.connectionId ?? 0n };
    });
  } finally {
    await Promise.all(peers.map((peer) => peer.destroy()));
  }
}

/** What a whole negotiation frame says. */
export function decodeNegotiation(frame: Buffer): Features {
  const decoder = new NegotiationDecoder();
  decoder.push(frame);
  const features = decoder.next();
  if (features === undefined) throw new Error('the negotiation frame is cut short');
  return features;
}
