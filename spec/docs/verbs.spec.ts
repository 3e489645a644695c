import { describePage } from '../support/describe-page.ts';

describePage('docs/verbs.md', { sections: ['Values', 'Calls'] });
