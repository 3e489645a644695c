import { isObjectName, isUncallableName } from '../frame/local-names.ts';
import type { RemoteCall } from './remote-call.ts';

/** Calls one method. */
export type CallMethod = (...args: unknown[]) => RemoteCall;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const OBJECT_LIKE: object = Object.freeze(Object.create(Object.prototype));
const FUNCTION_LIKE: object = Object.freeze(Object.create(Function.prototype));

/**
 * The proxy of a service: its members are made when they are asked for, and then are there as any
 * other property is, so that a call goes through no trap. A member is a function that calls the
 * method of its path, whose own members are those of the path's object; iterating over it iterates
 * over the stream of that path.
 *
 * Names that every object has, and those that others look for, are answered here: waiting for the
 * proxy, printing it or turning it into JSON makes no calls.
 *
 * @param methodAt - makes a function that calls the method of a path; it becomes the member.
 */
export function makeApi(service: string, methodAt: (path: string) => CallMethod): object {
  const api = {};
  addMembers(api, OBJECT_LIKE, (name) => makeMember(service, name, methodAt));
  addInspection(api, service);
  return api;
}

function makeMember(
  service: string,
  path: string,
  methodAt: (path: string) => CallMethod,
): CallMethod {
  const member = methodAt(path);
  // A function's own names are names like others on the other side.
  Reflect.deleteProperty(member, 'name');
  Reflect.deleteProperty(member, 'length');
  addMembers(member, FUNCTION_LIKE, (name) => makeMember(service, `${path}.${name}`, methodAt));
  addInspection(member, `${service}/${path}`);
  // With a proxy among its prototypes a function would be called an Object otherwise.
  Object.defineProperty(member, Symbol.toStringTag, { value: 'Function' });
  Object.defineProperty(member, Symbol.asyncIterator, {
    value: () => member()[Symbol.asyncIterator](),
  });
  return member;
}

/** Makes missing members of `node` when they are asked for. */
function addMembers(node: object, like: object, make: (name: string) => unknown): void {
  const isNested = like === FUNCTION_LIKE;
  const missing = new Proxy(like, {
    get(target, name, receiver) {
      if (typeof name === 'symbol' || isObjectName(name) || isUncallableName(name, isNested)) {
        return Reflect.get(target, name, receiver) as unknown;
      }
      const member = make(name);
      Object.defineProperty(node, name, { value: member });
      return member;
    },
    set: () => false,
  });
  Object.setPrototypeOf(node, missing);
}

function addInspection(node: object, name: string): void {
  Object.defineProperty(node, INSPECT, { value: () => `[Api ${name}]` });
}
