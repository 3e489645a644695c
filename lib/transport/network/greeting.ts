import type { Socket } from 'node:net';

/** The first byte of a client that speaks TLS: its record is one of a handshake. */
const TLS_HANDSHAKE = 0x16;

/**
 * The alert of TLS that says that a message was not expected: fatal, in plain text, from a record of
 * TLS 1.0, as every peer can read it.
 */
const UNEXPECTED_MESSAGE = Buffer.from('1503010002020a', 'hex');

/**
 * Waits for the first byte of an accepted socket, and looks whether it is one of TLS. The bytes that
 * have come stay in the socket. A client without TLS gets an alert, by which it can know that there
 * is TLS here; Node would close the connection without a word. A socket that ends without a byte is
 * destroyed: TLS would not see that end any more, and would wait for as long as a handshake may take.
 *
 * @param onTls - called for a client with TLS.
 * @param onPlain - called for one without; its socket has been ended.
 */
export function awaitGreeting(socket: Socket, onTls: () => void, onPlain: () => void): void {
  const onError = (): void => {};
  socket.on('error', onError);
  socket.once('readable', () => {
    const bytes = socket.read() as Buffer | null; // a socket without an encoding gives Buffers
    if (bytes === null) {
      socket.destroy();
      return;
    }
    if (bytes[0] === TLS_HANDSHAKE) {
      socket.off('error', onError);
      socket.unshift(bytes);
      onTls();
      return;
    }
    socket.end(UNEXPECTED_MESSAGE);
    socket.resume();
    onPlain();
  });
}
