import { OptionError } from '../../errors/errors.ts';

/** Limit of a text that is sent while negotiating, so that it fits into its record and the frame. */
const MAX_TEXT_BYTES = 8_000;

/** @throws OptionError that names the option, for a text that is too long. */
export function checkOfferedText(option: string, text: string | undefined): void {
  if (text === undefined || Buffer.byteLength(text) <= MAX_TEXT_BYTES) return;
  throw new OptionError(option, `must be at most ${MAX_TEXT_BYTES} bytes`);
}
