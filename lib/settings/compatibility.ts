/**
 * Points in which this library by default does better than Seastar, and can do as Seastar does. The
 * `seastar` preset turns them all on. Rules that security needs (random ids, judged lengths, exact
 * sizes) have no switch.
 */
export interface Compatibility {
  /** A request that does not decode, or names an unknown stream, gets no reply. @default false: it gets an error reply */
  readonly isSilentOnBadRequest: boolean;
  /** Message ids of requests may be zero, negative or used twice. @default false: that is a protocol error */
  readonly isAnyMessageIdAllowed: boolean;
  /**
   * Messages behind the end of stream are ignored. @default false: they are an error of that stream
   */
  readonly isDataAfterEosIgnored: boolean;
  /**
   * A stream's connection is ended as soon as both directions have ended. If no call has named it,
   * it is ended as soon as the peer ends it. @default false: the peer ends it first, so that its
   * reader gets end of stream
   */
  readonly isFinSentAtOnce: boolean;
  /** A timeout of 2^63 ms or more counts as expired and gets no reply. @default false: it counts as no limit */
  readonly isHugeTimeoutExpired: boolean;
}

/** This library's defaults. */
export const DEFAULT_COMPATIBILITY: Compatibility = Object.freeze({
  isSilentOnBadRequest: false,
  isAnyMessageIdAllowed: false,
  isDataAfterEosIgnored: false,
  isFinSentAtOnce: false,
  isHugeTimeoutExpired: false,
});

/** Seastar's ways. */
export const SEASTAR_COMPATIBILITY: Compatibility = Object.freeze({
  isSilentOnBadRequest: true,
  isAnyMessageIdAllowed: true,
  isDataAfterEosIgnored: true,
  isFinSentAtOnce: true,
  isHugeTimeoutExpired: true,
});
