import { describePage } from '../support/describe-page.ts';

describePage('docs/timeouts.md', { sections: ['Options of a view'] });
