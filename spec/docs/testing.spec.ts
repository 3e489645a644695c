import { describePage } from '../support/describe-page.ts';

describePage('docs/testing.md', { sections: ['Testing your services'] });
