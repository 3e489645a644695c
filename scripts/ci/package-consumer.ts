/** A program on the published package, as strict as TypeScript gets. It runs and exits by itself. */
export const CONSUMER = `\
import { isRpcError } from 'sluice';
import type { Sink, Source } from 'sluice';

export async function copy(from: Source<[number]>, to: Sink<[number]>): Promise<void> {
  for await (const [item] of from) await to.send(item);
  await to.close();
}

if (isRpcError(new Error('none of ours'))) throw new Error('a stranger was taken for ours');
`;

/** Checks the declarations of the package too. */
export const CONSUMER_TSCONFIG: string = JSON.stringify({
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023', 'esnext.disposable'],
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: false,
  },
  files: ['consumer.ts'],
});
