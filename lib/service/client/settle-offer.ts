import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';

/**
 * Frees an offered lane once the call is answered. If the call fails, the server may use the lane
 * or not, so the lane is given up.
 */
export function settleOffer(offer: OfferedLane, result: Promise<unknown>): void {
  result.then(
    () => offer.settle(),
    () => offer.withdraw(),
  );
}
