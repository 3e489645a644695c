import { describePage } from '../support/describe-page.ts';

describePage('docs/interceptors.md', { sections: ['Interceptors and item hooks'] });
