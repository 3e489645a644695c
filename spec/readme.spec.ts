import { expect } from 'chai';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { DEFAULT_RESOURCES } from '../lib/call/limits/admission.ts';
import { DEFAULT_LIMITS } from '../lib/settings/limits.ts';
import * as sluice from '../lib/index.ts';
import { TestAuthority } from './support/certificates.ts';
import { describePage } from './support/describe-page.ts';
import { rowsOf } from './support/markdown-blocks.ts';

const PAGE = 'README.md';

describePage(PAGE, {
  sections: [
    'Quick start',
    'Streams in values',
    'Both ways',
    'Options of a view',
    'Errors of methods',
    'Context, headers, trailers',
    'Interceptors and item hooks',
    'Validation',
    'Limits of calls, and policies',
    'Bytes and files',
    'What is exposed',
    'State and events',
    'Draining on SIGTERM',
    'Testing your services',
    'Watching calls and streams',
    'Verbs',
    'Packed verbs',
    'Calls',
    'Streams',
    'Serializers',
    'TLS',
    'Talking to a Seastar process',
  ],
  prepare: writeCertificates,
  more: () => {
    it('lists every limit with its default', () => {
      expect(tableOf('limits.')).to.deep.equal(textOf(DEFAULT_LIMITS));
      expect(tableOf('resources.')).to.deep.equal(textOf(DEFAULT_RESOURCES));
    });

    it('lists every error with its code', () => {
      const rows = rowsOf(PAGE).filter(([code]) => code?.startsWith('`ERR_'));
      const listed = rows.map(([code, name]) => `${code} ${name}`);
      expect(listed).to.deep.equal(errorClasses().map((name) => `\`${codeOf(name)}\` \`${name}\``));
    });
  },
});

async function writeCertificates(folder: string): Promise<void> {
  const authority = await TestAuthority.create();
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  for (const [name, commonName] of [
    ['server', 'localhost'],
    ['client', 'client-1'],
  ] as const) {
    const { cert, key } = await authority.issue({ commonName });
    writeFileSync(join(folder, `${name}.pem`), cert);
    writeFileSync(join(folder, `${name}.key`), key);
  }
}

/** Names and defaults of the table whose rows are headed by `group`. */
function tableOf(group: string): Record<string, string> {
  const rows = rowsOf(PAGE);
  const head = rows.findIndex(([first]) => first === `\`${group}\``);
  const table: Record<string, string> = {};
  for (const [name = '', value = ''] of rows.slice(head + 1)) {
    if (!/^`[a-z]\w+`$/i.test(name)) break;
    table[name.slice(1, -1)] = value.replace(' (off)', '');
  }
  return table;
}

function textOf(defaults: object): Record<string, string> {
  const entries = Object.entries(defaults).map(([name, value]: [string, unknown]) => [
    name,
    value === Infinity ? 'Infinity' : Number(value).toLocaleString('en-US'),
  ]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/** The exported classes of our own errors, but for the abstract one above them. */
function errorClasses(): string[] {
  const isOurs = (value: unknown): boolean =>
    typeof value === 'function' && value.prototype instanceof sluice.RpcError;
  return Object.entries(sluice)
    .filter(([, value]) => isOurs(value))
    .map(([name]) => name)
    .sort();
}

/** ERR_STREAM_CLOSED for StreamClosedError, and so on; that it is the class's own code is proved with the classes. */
function codeOf(name: string): string {
  const words = name.slice(0, -'Error'.length).split(/(?=[A-Z])/);
  return `ERR_${words.join('_').toUpperCase()}`;
}
