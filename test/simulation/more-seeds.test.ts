/** The other half of the seeds of simulation.test.ts. */
import test from 'ava';
import {runSeeds} from './run-seeds.js';

test.serial('whole peers keep what is promised, by seed', async (t) => runSeeds(t, {of: 2, rest: 1}));
