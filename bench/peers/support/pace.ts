/** What can stop reading for a while. */
export interface Pausable {
  pause(): unknown;
  resume(): unknown;
}

/** Makes a reader slow: reading stops for a while after each message. */
export class Pace {
  readonly #source: Pausable;
  readonly #readMs: number;
  /** Messages that came before the pause was felt are made up for. */
  #dueMessages = 0;

  /** @param readMs - 0 for a reader that never stops. */
  constructor(source: Pausable, readMs: number) {
    this.#source = source;
    this.#readMs = readMs;
  }

  /** Another message was read. */
  step(): void {
    if (this.#readMs === 0) return;
    if (++this.#dueMessages > 1) return;
    this.#source.pause();
    setTimeout(this.#onTimeout, this.#readMs);
  }

  readonly #onTimeout = (): void => {
    if (--this.#dueMessages > 0) setTimeout(this.#onTimeout, this.#readMs);
    else this.#source.resume();
  };
}
