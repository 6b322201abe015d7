/** Applies the swap plan to the folder that is its argument, until it is killed. */
import {join} from 'node:path';
import {applySteps} from '../../source/workspace/apply-step.js';
import {MemoryBlobs} from './memory-blobs.js';
import {swapPlan} from './swap-plan.js';

const root = process.argv[2]!;
const blobs = new MemoryBlobs();
const steps = swapPlan(blobs);
process.stdout.write('started\n');
for await (const result of applySteps({root, folder: join(root, '.pulsync'), steps, ...blobs})) void result;
