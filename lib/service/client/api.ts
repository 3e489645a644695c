import { isObjectName, isUncallableName } from '../frame/local-names.ts';
import type { RemoteCall } from './remote-call.ts';

/** Calls one method. */
export type CallMethod = (...args: unknown[]) => RemoteCall;

const INSPECT = Symbol.for('nodejs.util.inspect.custom');

const OBJECT_LIKE: object = Object.freeze(Object.create(Object.prototype));
const FUNCTION_LIKE: object = Object.freeze(Object.create(Function.prototype));

/**
 * The proxy of a service. A member is made when it is first asked for, and is an ordinary property
 * from then on, so that a call goes through no trap. A member is a function that calls the method
 * of its path. Its own members are those of the path's object. Iterating over it iterates over the
 * stream of that path.
 *
 * Names that every object has, and names that code looks for to find out the kind of an object, are
 * answered here: awaiting the proxy, printing it or turning it into JSON makes no calls.
 *
 * @param methodAt - makes a function that calls the method of a path. The function becomes the
 * member.
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
  // On the other side, a function's own names are ordinary names.
  Reflect.deleteProperty(member, 'name');
  Reflect.deleteProperty(member, 'length');
  addMembers(member, FUNCTION_LIKE, (name) => makeMember(service, `${path}.${name}`, methodAt));
  addInspection(member, `${service}/${path}`);
  // A function with a proxy among its prototypes would otherwise be called an Object.
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
