import { describePage } from '../support/describe-page.ts';

describePage('docs/context.md', { sections: ['Context, headers, trailers'] });
