/** A frame as a reader of the picture sees it. */
export interface SeenFrame {
  readonly kind:
    'negotiation' | 'request' | 'reply' | 'exception' | 'main' | 'item' | 'lane' | 'eos' | 'unread';
  /** A few words. */
  readonly text: string;
  /** The content, as far as it can be read; may be empty. */
  readonly detail: string;
  /** Frames with the same word may be told together, as a number of them: `items`, `pings`. */
  readonly run?: string | undefined;
  /** The compressor that it came through. */
  readonly compressor?: string | undefined;
  /** The place among the bytes of its direction. */
  readonly start: number;
  readonly end: number;
}

/** A frame whose place is not known yet. */
export type DecodedFrame = Omit<SeenFrame, 'start' | 'end'>;

/** Names for what the bytes alone do not tell. All are optional. */
export interface WireNames {
  /** The name of a verb. */
  readonly verb?: ((verb: number | bigint) => string | undefined) | undefined;
  /** A few words about a value: the first argument of a call, or an item of a stream. */
  readonly value?: ((value: unknown) => string | undefined) | undefined;
}

const KIB = 1_024;

/** A number of bytes in a few characters. */
export function bytesText(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  if (bytes < KIB * KIB) return `${round(bytes / KIB)} KiB`;
  return `${round(bytes / (KIB * KIB))} MiB`;
}

function round(value: number): string {
  return value < 10 ? value.toFixed(1) : value.toFixed(0);
}
