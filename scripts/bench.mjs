/** `npm run bench -- …`: builds what is out of date, then runs bench/bench.ts; see there for its flags. */
import {prepare} from './prepare.mjs';

await prepare();
await import('../dist/bench/bench.js');
