import { describePage } from '../support/describe-page.ts';

describePage('docs/reconnecting.md', { sections: ['Reconnecting'] });
