import type { OfferedLane } from '../../stream/lane/dialed-lanes.ts';

/** Frees an offered lane once the call is answered, or gives it up when nobody knows what became of the call. */
export function settleOffer(offer: OfferedLane, result: Promise<unknown>): void {
  result.then(
    () => offer.settle(),
    () => offer.withdraw(),
  );
}
