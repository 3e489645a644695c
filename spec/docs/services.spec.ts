import { describePage } from '../support/describe-page.ts';

describePage('docs/services.md', { sections: ['What is exposed'] });
