import { isMap } from 'node:util/types';

import { STREAM_HANDLE } from '../../types/stream-handle.ts';
import { whyUnsendable } from './unsendable.ts';

/** Some values make up more of themselves as they are read, without end. The search stops at these bounds. */
const MAX_VALUES = 100_000;
const MAX_DEPTH = 1_000;

/** A container that the search is in, with the place that it has come to. */
interface Place {
  readonly container: object;
  /** The names of its fields; undefined for an array. */
  readonly keys: readonly string[] | undefined;
  readonly count: number;
  next: number;
}

/**
 * Finds the streams in values without writing them. It goes on behind what can't be sent, and deeper
 * than may be sent, and reads each field once. Never throws, whatever getters and proxies do: what can't be read
 * holds nothing that could be let go of.
 */
export class StreamSearch {
  /** The streams, in the order in which they stand; each once. */
  readonly found: object[] = [];
  readonly #seen = new Set<object>();
  #valuesLeft: number;

  /** @param maxKeys - how many a tuple may have, where that is more than is looked at else. */
  constructor(maxKeys = 0) {
    this.#valuesLeft = Math.max(maxKeys, MAX_VALUES);
  }

  /** Looks through a value as `bson` takes it, which is all of it. */
  value(value: unknown): void {
    const places: Place[] = [];
    this.#look(value, places);
    for (let place; (place = places.at(-1)) !== undefined && this.#valuesLeft > 0;) {
      const { container, keys, count } = place;
      if (place.next === count) places.pop();
      else {
        const at = place.next++;
        this.#look(this.field(container, keys === undefined ? at : (keys[at] ?? '')), places);
      }
    }
  }

  /** A declared field, or the member of a tuple; undefined where it can't be read. */
  field(container: object, key: string | number): unknown {
    if (this.#valuesLeft === 0) return undefined;
    this.#valuesLeft--;
    try {
      // A field that the object lacks must not find an inherited member, such as `constructor`.
      if (key in Object.prototype && !Object.hasOwn(container, key)) return undefined;
      return Reflect.get(container, key);
    } catch {
      return undefined;
    }
  }

  /** The elements of an array whose type is declared; none of anything else. */
  elements(value: unknown): unknown[] {
    try {
      if (!Array.isArray(value)) return [];
      const length = Math.min(value.length, this.#valuesLeft);
      return Array.from({ length }, (_, index) => this.field(value, index));
    } catch {
      return [];
    }
  }

  /** The values of a Map whose type is declared; none of anything else. */
  mapValues(value: unknown): unknown[] {
    return isMap(value) ? valuesOf(value) : [];
  }

  #look(value: unknown, places: Place[]): void {
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return;
    this.#seen.add(value);
    try {
      if (isStream(value)) this.found.push(value);
      else {
        const place = placeIn(value);
        if (place !== undefined && places.length < MAX_DEPTH) places.push(place);
      }
    } catch {
      // A proxy that lets nobody look into it.
    }
  }
}

/** Whether it travels as a number and is iterated at the other side. */
function isStream(value: object): boolean {
  if (isContainer(value) || isSink(value)) return false;
  return typeof (value as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator] === 'function';
}

/** A sink travels by its id, and stays as it is. */
function isSink(value: { readonly [STREAM_HANDLE]?: unknown }): boolean {
  return value[STREAM_HANDLE] === 'sink';
}

function isContainer(value: object): boolean {
  return Array.isArray(value) || isMap(value) || ArrayBuffer.isView(value);
}

/** Undefined for what holds no values of its own, or can't be sent: it was never handed over. */
function placeIn(value: object): Place | undefined {
  if (Array.isArray(value)) return arrayPlace(value);
  if (isMap(value)) return arrayPlace(valuesOf(value));
  if (ArrayBuffer.isView(value) || isSink(value) || whyUnsendable(value) !== undefined) {
    return undefined;
  }
  const keys = Object.keys(value);
  return { container: value, keys, count: keys.length, next: 0 };
}

function arrayPlace(array: readonly unknown[]): Place {
  return { container: array, keys: undefined, count: array.length, next: 0 };
}

/** Not by the iterator, in whose place a class of the user's may have its own. */
function valuesOf(map: ReadonlyMap<unknown, unknown>): unknown[] {
  return [...Map.prototype.values.call(map)];
}
