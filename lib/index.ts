// Connecting and listening.
export {
  type CallView,
  Client,
  connect,
  createClient,
  type MakeSinkOptions,
} from './api/client.ts';
export type { ClientOptions } from './api/client-options.ts';
export type { ClientState } from './session/client-state.ts';
export type { ClientEvents } from './session/client-events.ts';
export { listen, Server } from './api/server.ts';
export type { ServerEvents } from './call/door/server-events.ts';
export type { ServerOptions } from './api/server-options.ts';
export type { CloseOptions, CommonOptions } from './api/options.ts';
export { actuallab, seastar } from './api/presets.ts';
export type { ConnectionOptions } from './transport/endpoint.ts';
export type { Limits } from './settings/limits.ts';
export type { Compatibility } from './settings/compatibility.ts';
export type { ResourceLimits } from './call/limits/admission.ts';
export type { CallLimits, Governance, VerbLimits } from './call/limits/call-limits.ts';
export type { ConnectRequest } from './call/door/acceptor-options.ts';
export type { Authorize } from './call/server/authorize.ts';

// Verbs, handlers and streams.
export { type Signature, type Verb, verb, type VerbOptions } from './verb/verb.ts';
export type { CallOptions } from './call/common/call-options.ts';
export { HandlerContext } from './call/server/handler-context.ts';
export type { Handler, HandleOptions } from './call/server/handlers.ts';
export { Group } from './call/limits/group.ts';
export type { SingleOf } from './types/single-of.ts';
export type { BatchOptions, Sink, SinkOptions, Source, WaitOptions } from './types/sink-source.ts';

// Services.
export type { Api } from './service/client/api-types.ts';
export type { ApiOptions } from './service/client/api-options.ts';
export type { ServerDescription } from './service/frame/description.ts';
export type { ExposeOptions, Exposure } from './service/server/expose-options.ts';
export { CallContext } from './service/context/call-context.ts';
export { callContext } from './service/context/current-call.ts';
export type { Interceptor, ServedCall, ServiceCall } from './service/middleware/interceptors.ts';
export type { ItemHooks } from './service/middleware/item-hooks.ts';
export { isRetryable, type Policy, retryAfterMs } from './service/middleware/policy.ts';
export type { ServiceSchemas } from './service/middleware/validation.ts';

// Streams in values.
export { stream } from './stream/value/local-value-stream.ts';
export type { ResumableOptions } from './types/resumable-options.ts';
export type { LocalStream, Metadata, RemoteStream, StreamOptions } from './types/value-stream.ts';

// Errors.
export {
  CanceledError,
  ClosedError,
  MessageTooLargeError,
  OptionError,
  RefusedError,
  RemoteError,
  SerializationError,
  StreamClosedError,
  TimeoutError,
  UnknownVerbError,
  UnsupportedError,
} from './errors/errors.ts';
export { isRpcError, RpcError, type RpcErrorCode } from './errors/rpc-error.ts';
export { ValidationError } from './errors/validation-error.ts';
export { isStatusError, type Status, StatusError } from './errors/status-error.ts';
