/** Errors of connections that this client, as it is set up, can't have. Repeating changes nothing. */

import { type Initiator, RpcError } from './rpc-error.ts';
import { setName } from './set-name.ts';

/**
 * TLS can't be had with these options and this peer: a wrong authority, name, certificate, key or
 * version, or one side without TLS. `cause` is the error of Node.
 */
export class TlsError extends RpcError {
  override readonly code = 'ERR_TLS';
  static {
    setName(this, 'TlsError');
  }
  /** @internal */
  constructor(message: string, initiator: Initiator, cause?: unknown) {
    super(message, { scope: 'connection', initiator, cause });
  }
}

/** The server does not accept this client's token or certificate. It does not say which. */
export class UnauthenticatedError extends RpcError {
  override readonly code = 'ERR_UNAUTHENTICATED';
  static {
    setName(this, 'UnauthenticatedError');
  }
  /** @internal */
  constructor() {
    const message =
      'the server does not accept the identity of this client: its token or its certificate';
    super(message, { scope: 'connection', initiator: 'remote' });
  }
}
