// Connecting and listening.
export {
  type CallView,
  Client,
  connect,
  createClient,
  type MakeSinkOptions,
} from './api/client.ts';
export type { ClientOptions } from './api/client-options.ts';
export type { ClientState } from './session/client-core.ts';
export type {
  ClientEvents,
  ConnectedEvent,
  DisconnectedEvent,
  GoingAwayEvent,
} from './session/client-events.ts';
export { listen, Server } from './api/server.ts';
export type { ServerOptions } from './api/server-options.ts';
export type { CloseOptions, CommonOptions } from './api/options.ts';
export { seastar } from './api/presets.ts';
export type { ConnectionOptions } from './transport/endpoint.ts';
export type { Limits } from './settings/limits.ts';
export type { Compatibility } from './settings/compatibility.ts';
export type { ResourceLimits } from './call/limits/admission.ts';
export type { CallLimits, Governance, VerbLimits } from './call/limits/call-limits.ts';
export type { ConnectRequest } from './call/door/acceptor.ts';
export type { Authorize } from './call/server/authorize.ts';

// Verbs, handlers and streams.
export {
  type CallerArguments,
  type CallerResult,
  type DeclaredVerb,
  type OtherSide,
  type ResultOf,
  type Signature,
  type Verb,
  verb,
  type VerbOptions,
} from './verb/verb.ts';
export type { CallOptions } from './call/common/call-options.ts';
export { HandlerContext } from './call/server/handler-context.ts';
export type { Handler, HandleOptions } from './call/server/handlers.ts';
export { Group } from './call/limits/group.ts';
export type {
  Sink,
  SinkOptions,
  Source,
  TupleSerializer,
  WaitOptions,
} from './types/sink-source.ts';

// Services.
export type {
  Api,
  NotSendable,
  Received,
  Sendable,
  StreamCall,
} from './service/client/api-types.ts';
export type { ApiOptions, MetadataProvider } from './service/client/api-options.ts';
export type { ServerDescription, ServiceDescription } from './service/frame/description.ts';
export type { ExposeOptions, Exposure, MethodOptions } from './service/server/expose-options.ts';
export { CallContext } from './service/context/call-context.ts';
export { callContext } from './service/context/current-call.ts';
export type { Interceptor, ServedCall, ServiceCall } from './service/middleware/interceptors.ts';
export type { ItemHook, ItemHooks } from './service/middleware/item-hooks.ts';
export { isRetryable, type Policy, retryAfterMs } from './service/middleware/policy.ts';
export type { MethodSchemas, ServiceSchemas } from './service/middleware/validation.ts';

// Bytes and files over streams.
export type { BlobProgress, BlobReport } from './blob/blob-meter.ts';
export type { BlobOptions, SendBlobOptions } from './blob/blob-options.ts';
export { blobOf, fileBlob } from './blob/blob.ts';
export type { BlobChecksum } from './blob/checksum.ts';
export type { SendFileOptions } from './blob/file-content.ts';
export type { BlobSource } from './blob/incoming-blob.ts';
export { partialBytes } from './blob/partial-file.ts';
export { receiveBytes } from './blob/receive-bytes.ts';
export { receiveFile, type ReceiveFileOptions } from './blob/receive-file.ts';
export { receiveInto, type ReceiveIntoOptions } from './blob/receive-into.ts';
export type { ReceiveBlobOptions } from './blob/receive-options.ts';
export { sendBytes, sendFile, sendFrom } from './blob/send.ts';

// Streams in values.
export { stream } from './stream/value/local-value-stream.ts';
export type {
  LocalStream,
  Metadata,
  RemoteStream,
  StreamOptions,
  StreamSource,
} from './types/value-stream.ts';

// Serializers.
export type { Serializer, StreamHandles } from './serializer/serializer.ts';
export { bson, createBson } from './serializer/bson/bson.ts';
export type { BsonOptions } from './serializer/bson/bson-options.ts';
export { raw } from './serializer/raw.ts';
export { packed } from './serializer/packed/packed.ts';
export type { Member, OptionalMember, TupleOf } from './serializer/packed/member.ts';
export { i8, i16, i32, u8, u16, u32 } from './serializer/types/integers.ts';
export { i64, u64 } from './serializer/types/int64.ts';
export { f32, f64 } from './serializer/types/floats.ts';
export { bool } from './serializer/types/bool.ts';
export { string } from './serializer/types/string.ts';
export { bytes } from './serializer/types/bytes.ts';
export { array } from './serializer/types/array.ts';
export { map } from './serializer/types/map.ts';
export { tuple } from './serializer/types/tuple.ts';
export { optional } from './serializer/types/optional.ts';
export { sinkOf, sourceOf } from './serializer/types/stream-member.ts';
export { record, type RecordType } from './serializer/types/record.ts';
export { createShaped, type Shaped, shaped } from './serializer/shape/shaped.ts';
export { any } from './serializer/types/any.ts';
export { date } from './serializer/types/date.ts';
export { nullable } from './serializer/types/nullable.ts';
export { objectId } from './serializer/types/object-id.ts';
export type {
  FieldType,
  FieldTypes,
  OptionalField,
  RecordOf,
  ShapedTuple,
} from './serializer/shape/field-type.ts';
export type { ValueType } from './serializer/types/value-type.ts';

// Compression.
export type { Compressor, CompressorFactory } from './compression/compressor.ts';
export { lz4 } from './compression/lz4.ts';
export { lz4Fragmented } from './compression/lz4-fragmented.ts';
export { multiCompressor } from './compression/multi.ts';
export { zstd } from './compression/zstd.ts';

// What the outside is made of, for tests and other networks.
export { type Clock, systemClock, type Timer } from './base/clock.ts';
export { ManualClock } from './simulation/manual-clock.ts';
export type { Random } from './base/random.ts';
export { MetricsRegistry, type StatValues } from './diagnostics/stats.ts';
export type { Logger } from './diagnostics/logger.ts';
export type { CallEvent, StreamEvent } from './diagnostics/channels.ts';
export { MemoryTransport, type MemoryTransportOptions } from './transport/memory/transport.ts';
export { networkTransport } from './transport/network/transport.ts';
export type {
  DialOptions,
  Endpoint,
  ListenerHandlers,
  Peer,
  SocketHandlers,
  TlsIdentity,
  Transport,
  TransportListener,
  TransportSocket,
} from './transport/transport.ts';

// Errors.
export {
  CanceledError,
  ChecksumError,
  ClosedError,
  CompressionError,
  MessageTooLargeError,
  MissingAuxiliaryError,
  MisuseError,
  NotAwaitedError,
  OptionError,
  ProtocolError,
  RefusedError,
  RemoteError,
  SerializationError,
  StreamClosedError,
  StreamNotFoundError,
  TimeoutError,
  UnknownExceptionError,
  UnknownVerbError,
  UnsupportedError,
} from './errors/errors.ts';
export {
  type ErrorScope,
  type Initiator,
  isRpcError,
  RpcError,
  type RpcErrorCode,
} from './errors/rpc-error.ts';
export { ValidationError, type ValidationIssue } from './errors/validation-error.ts';
export { isRemote, remotePeerOf } from './document/remote-origin.ts';
export {
  GRPC_CODES,
  HTTP_CODES,
  isStatusError,
  type Status,
  StatusError,
  type StatusErrorOptions,
} from './errors/status-error.ts';
