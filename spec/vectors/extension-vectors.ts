import { readFileSync } from 'node:fs';

import type { CapturedConnection } from './conversation.ts';
import { vectorsUrl } from './vectors-url.ts';

/** A version of our extension that vectors are kept of. */
export type RecordedVersion = 1 | 2;

/** Conversations of two ends of ours, as the release had them that brought a version of the extension. */
export interface ExtensionVectors {
  /** What a reader of the file should know. */
  readonly about: readonly string[];
  readonly version: RecordedVersion;
  readonly conversations: readonly RecordedConversation[];
}

/** What passed in a scenario. */
export interface RecordedConversation {
  /** That of its scenario. */
  readonly name: string;
  readonly description: string;
  /** What the client saw. */
  readonly outcome: unknown;
  readonly connections: readonly CapturedConnection[];
}

/** Where the vectors of a version are. */
function extensionVectorsUrl(version: RecordedVersion): URL {
  return vectorsUrl(`extension-v${version}.json`);
}

/** The vectors of a version. */
export function readExtensionVectors(version: RecordedVersion): ExtensionVectors {
  return JSON.parse(readFileSync(extensionVectorsUrl(version), 'utf8')) as ExtensionVectors;
}
