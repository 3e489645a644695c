import { describePage } from '../support/describe-page.ts';

describePage('docs/streams.md', { sections: ['Streams in values', 'Both ways'] });
