import { captureContext } from '../../base/async-context.ts';
import { promiseOf } from '../../base/promise-of.ts';
import type { HandlerContext } from '../../call/server/handler-context.ts';
import type { AnyHandler, PrepareCall } from '../../call/server/handlers.ts';
import { CallContext, type CalledMethod } from '../context/call-context.ts';
import { runInCall } from '../context/current-call.ts';
import type { RequestEnvelope } from '../frame/envelope.ts';
import { type Interceptor, intercept, type ServedCall } from '../middleware/interceptors.ts';
import { ServiceReply } from '../frame/service-reply.ts';

/** An exposed method. */
export interface ServedMethod extends CalledMethod {
  readonly owner: object;
  readonly run: (...args: unknown[]) => unknown;
  /** The first one outermost. */
  readonly interceptors: readonly Interceptor<ServedCall>[];
  /** Whether its code can ask for its context. */
  readonly hasContext: boolean;
}

/** Makes the context of a method's call ahead of it; undefined if the method has none. */
export function prepareMethod(method: ServedMethod): PrepareCall | undefined {
  if (!method.hasContext) return undefined;
  return (handler, [envelope]) => {
    const context = new CallContext(
      method,
      handler,
      (envelope as RequestEnvelope | undefined)?.metadata,
    );
    return { context, run: (work) => runInCall(context, work) };
  };
}

/** The handler of a method's verb. */
export function serveMethod(method: ServedMethod): AnyHandler {
  // The verb's serializer gives both.
  return (handler, envelope, args) =>
    answer(method, handler, envelope as RequestEnvelope | undefined, args as unknown[]);
}

/** The method's result or a promise of it, with its headers and trailers. */
function answer(
  method: ServedMethod,
  handler: HandlerContext,
  request: RequestEnvelope | undefined,
  args: unknown[],
): unknown {
  let context: CallContext | undefined;
  let result: unknown;
  if (method.hasContext || method.interceptors.length > 0) {
    context = preparedFor(handler) ?? new CallContext(method, handler, request?.metadata);
    result = method.hasContext
      ? runInCall(context, invoke, method, context, args)
      : invoke(method, context, args);
  } else {
    result = method.run.apply(method.owner, args);
    if (request === undefined) return result;
  }
  const pending = promiseOf(result);
  if (pending === undefined) return new ServiceReply(result, context, request);
  return pending.then((value) => new ServiceReply(value, context, request));
}

/**
 * The context that was made for subscribers. The streams of the result run where they have bound
 * their stores.
 */
function preparedFor({ prepared }: HandlerContext): CallContext | undefined {
  if (!(prepared instanceof CallContext)) return undefined;
  prepared.run = captureContext();
  return prepared;
}

function invoke(method: ServedMethod, context: CallContext, args: unknown[]): unknown {
  if (method.interceptors.length === 0) return method.run.apply(method.owner, args);
  const call: ServedCall = {
    service: method.service,
    method: method.path,
    args,
    metadata: { ...context.metadata },
    shared: context.shared,
    context,
  };
  return intercept(method.interceptors, call, () => {
    context.run = captureContext();
    return method.run.apply(method.owner, call.args);
  });
}
