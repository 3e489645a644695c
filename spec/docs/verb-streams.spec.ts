import { describePage } from '../support/describe-page.ts';

describePage('docs/verb-streams.md', { sections: ['Streams'] });
