import { describePage } from '../support/describe-page.ts';

describePage('docs/validation.md', { sections: ['Validation'] });
