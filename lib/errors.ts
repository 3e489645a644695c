/** Imported as `sluice/errors`: facts about errors that few programs need. The classes are in `sluice`. */

export { GRPC_CODES, HTTP_CODES, type StatusErrorOptions } from './errors/status-error.ts';
export { isRemote, remotePeerOf } from './document/remote-origin.ts';
export { UnknownExceptionError } from './errors/errors.ts';
export type { ErrorScope, Initiator } from './errors/rpc-error.ts';
export type { ValidationIssue } from './errors/validation-error.ts';
