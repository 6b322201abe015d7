/** The other half of the seeds of simulation.test.ts, in a process of its own. */
import {declareSeeds} from './run-seeds.js';

declareSeeds({of: 2, rest: 1});
