import { describePage } from '../support/describe-page.ts';

describePage('docs/seastar.md', { sections: ['A verb with streams in both directions'] });
