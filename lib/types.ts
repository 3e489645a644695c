/** Imported as `sluice/types`: the types from which those of `sluice` are made. Few programs name them. */

export type {
  CallerArguments,
  CallerResult,
  DeclaredVerb,
  OtherSide,
  ResultOf,
} from './verb/verb.ts';
export type { NotSendable, Received, Sendable, StreamCall } from './service/client/api-types.ts';
export type { MetadataEntries, StreamSource } from './types/value-stream.ts';
export type { MetadataProvider } from './service/client/api-options.ts';
export type { TokenProvider } from './session/token.ts';
export type { ServiceDescription } from './service/frame/description.ts';
export type { ItemHook } from './service/middleware/item-hooks.ts';
export type { MethodOptions } from './service/server/expose-options.ts';
export type { MethodSchemas } from './service/middleware/validation.ts';
export type { ConnectedEvent, DisconnectedEvent, GoingAwayEvent } from './session/client-events.ts';
