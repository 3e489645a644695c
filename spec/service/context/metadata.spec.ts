import { expect } from 'chai';

import { MisuseError, SerializationError } from '../../../lib/errors/errors.ts';
import type { Metadata } from '../../../lib/types/value-stream.ts';
import {
  MAX_METADATA_ENTRIES,
  MAX_METADATA_NAME,
  MetadataBag,
  normalizeMetadata,
  receivedMetadata,
} from '../../../lib/service/context/metadata.ts';
import { transferred } from '../../support/transferred.ts';

const LIMIT = 8_192;

function numbered(count: number): Metadata {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`n${i}`, 'v']));
}

/** Hands over what the types do not allow. */
function untyped(value: unknown): Metadata {
  return value as Metadata;
}

describe('service/metadata', () => {
  it('X5 makes names lower-case; of several that become the same the last counts', () => {
    const metadata = normalizeMetadata({ 'X-Trace': 'a', tenant: 'b', 'x-trace': 'c' }, LIMIT);
    expect({ ...metadata }).to.deep.equal({ 'x-trace': 'c', tenant: 'b' });
  });

  it('takes strings and bytes as they are', () => {
    const bytes = new Uint8Array([0, 255]);
    const metadata = normalizeMetadata({ text: 'größer', bytes, empty: '' }, LIMIT);
    expect(metadata['text']).to.equal('größer');
    expect(metadata['bytes']).to.equal(bytes);
    expect(metadata['empty']).to.equal('');
  });

  it('E1 has nothing that was not put there', () => {
    const received = receivedMetadata({ tenant: 'a' }, LIMIT);
    expect(received['constructor']).to.equal(undefined);
    expect(received['toString']).to.equal(undefined);
    expect(Object.getPrototypeOf(received)).to.equal(null);
  });

  it('passes over entries that are undefined, as options often are', () => {
    expect({ ...normalizeMetadata(untyped({ a: undefined, b: '1' }), LIMIT) }).to.deep.equal({
      b: '1',
    });
  });

  it('X5 takes a Map, Headers and a list of pairs as well as a record', () => {
    const entries = [
      ['Tenant', 'a'],
      ['user', 'b'],
    ] as const;
    const record = Object.fromEntries(entries);
    for (const given of [record, entries, new Map(entries), new Headers(record)]) {
      expect({ ...normalizeMetadata(given, LIMIT) }).to.deep.equal({ tenant: 'a', user: 'b' });
    }
    class Own {
      tenant = 'a';
    }
    expect({ ...normalizeMetadata(untyped(new Own()), LIMIT) }).to.deep.equal({ tenant: 'a' });
  });

  for (const [what, given] of [
    ['a text', 'tenant=a'],
    ['a number', 5],
    ['null', null],
    ['a function', () => ({})],
    ['a Set', new Set(['tenant'])],
    ['a list of texts', ['tenant', 'a']],
    [
      'an object of a class that shows nothing',
      new (class Hidden {
        readonly #a = 1;
        get a(): number {
          return this.#a;
        }
      })(),
    ],
    ['a Map with names that are no texts', new Map([[5, 'a']])],
    ['a name of a symbol', new Map([[Symbol('a'), 'a']])],
    ['lists as values', { accept: ['a', 'b'] }],
    ['bytes whose memory is gone', { key: transferred() }],
  ] as const) {
    it(`refuses ${what}, as a MisuseError`, () => {
      expect(() => normalizeMetadata(untyped(given), LIMIT)).to.throw(MisuseError, /^metadata /);
    });
  }

  for (const name of [
    '',
    'with space',
    'ümlaut',
    'a:b',
    'a\n',
    '__proto__!',
    'a'.repeat(MAX_METADATA_NAME + 1),
  ]) {
    it(`refuses the name ${JSON.stringify(name.slice(0, 12))}`, () => {
      expect(() => normalizeMetadata({ [name]: 'v' }, LIMIT)).to.throw(
        MisuseError,
        /can't be named/,
      );
      expect(() => receivedMetadata({ [name]: 'v' }, LIMIT)).to.throw(SerializationError);
    });
  }

  it('refuses an upper-case name that a peer sends', () => {
    expect(() => receivedMetadata({ Tenant: 'v' }, LIMIT)).to.throw(
      SerializationError,
      /can't be named "Tenant"/,
    );
  });

  it('takes a name of the greatest length', () => {
    const name = 'a'.repeat(MAX_METADATA_NAME);
    expect(normalizeMetadata({ [name]: 'v' }, LIMIT)[name]).to.equal('v');
  });

  for (const [what, value] of [
    ['a number', 5],
    ['null', null],
    ['an array', ['a']],
    ['a document', { a: 1 }],
  ] as const) {
    it(`refuses ${what} as a value, naming the entry`, () => {
      expect(() => normalizeMetadata(untyped({ tenant: value }), LIMIT)).to.throw(
        MisuseError,
        'metadata tenant is neither a string nor bytes',
      );
      expect(() => receivedMetadata({ tenant: value }, LIMIT)).to.throw(
        SerializationError,
        /tenant/,
      );
    });
  }

  it('refuses a value with a lone surrogate, which would not arrive as it is', () => {
    expect(() => normalizeMetadata({ a: '\ud800' }, LIMIT)).to.throw(MisuseError, /lone surrogate/);
  });

  for (const value of ['text', 5, null, new Uint8Array(2)]) {
    it(`refuses ${Object.prototype.toString.call(value)} in place of all metadata`, () => {
      expect(() => receivedMetadata(value, LIMIT)).to.throw(SerializationError, /no document/);
    });
  }

  it('takes 64 entries and no more', () => {
    expect(Object.keys(normalizeMetadata(numbered(MAX_METADATA_ENTRIES), LIMIT))).to.have.length(
      64,
    );
    const tooMany = numbered(MAX_METADATA_ENTRIES + 1);
    expect(() => normalizeMetadata(tooMany, LIMIT)).to.throw(
      MisuseError,
      /one more than 64 entries/,
    );
    expect(() => receivedMetadata(tooMany, LIMIT)).to.throw(SerializationError, /64 entries/);
  });

  it('counts names and values in bytes, up to the limit and no further', () => {
    // Three bytes of name and two of value.
    const metadata = { abc: 'ö' };
    expect(normalizeMetadata(metadata, 5)).to.have.property('abc');
    expect(() => normalizeMetadata(metadata, 4)).to.throw(
      MisuseError,
      'metadata abc makes 5 bytes, more than 4 (limits.maxMetadataBytes)',
    );
    expect(() => receivedMetadata(metadata, 4)).to.throw(SerializationError, /maxMetadataBytes/);
  });

  it('X5 merges entries one by one; the same name is replaced and counted once', () => {
    const bag = new MetadataBag(10);
    expect(bag.isEmpty).to.equal(true);
    bag.set('A', '12345');
    bag.set('a', '123456789');
    expect({ ...bag.entries }).to.deep.equal({ a: '123456789' });
    expect(() => bag.set('b', '')).to.throw(MisuseError, /11 bytes/);
    bag.set('a', '1');
    bag.set('b', '2');
    expect({ ...bag.entries }).to.deep.equal({ a: '1', b: '2' });
    expect(bag.isEmpty).to.equal(false);
  });

  it('leaves what is there as it is when it refuses more', () => {
    const bag = new MetadataBag(4);
    bag.set('a', '12');
    expect(() => bag.set('a', '12345')).to.throw(MisuseError);
    expect({ ...bag.entries }).to.deep.equal({ a: '12' });
  });
});
