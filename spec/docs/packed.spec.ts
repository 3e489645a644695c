import { describePage } from '../support/describe-page.ts';

describePage('docs/packed.md', { sections: ['Packed verbs'] });
