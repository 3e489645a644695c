import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';

/**
 * Frees an offered lane once the call is answered. If the call fails, nobody knows whether the
 * server uses the lane, so the lane is given up.
 */
export function settleOffer(offer: OfferedLane, result: Promise<unknown>): void {
  result.then(
    () => offer.settle(),
    () => offer.cancel(),
  );
}
