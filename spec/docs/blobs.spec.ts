import { describePage } from '../support/describe-page.ts';

describePage('docs/blobs.md', { sections: ['Bytes and files'] });
