import { ProtocolError } from '../errors/errors.ts';
import { setName } from '../errors/set-name.ts';

/** The peer's first bytes are those of another protocol: the address may be that of another program. */
class WrongMagicError extends ProtocolError {
  static {
    setName(this, 'ProtocolError');
  }
}

/** The error of a peer that begins with other bytes than ours. */
export function wrongMagicError(message: string): ProtocolError {
  return new WrongMagicError(message);
}

/** Whether the error says that the peer speaks another protocol. */
export function isWrongMagic(error: unknown): boolean {
  return error instanceof WrongMagicError;
}
