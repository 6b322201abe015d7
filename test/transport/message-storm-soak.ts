/** `message-storm-soak.js FROM-TO`: storms of messages by seed, some side by side; exit code 1 if one has a fault. */
import process from 'node:process';
import {runMessageStorm} from './support/message-storm.js';

const sideBySide = 30;

const [from = 1, to = from] = (process.argv[2] ?? '1-1000').split('-').map(Number);
let next = from;
let faults = 0;

async function run(): Promise<void> {
	while (next <= to) {
		const seed = next++;
		for (const fault of await runMessageStorm(seed)) {
			faults++;
			console.log(`storm ${seed}: ${fault}`);
		}
	}
}

await Promise.all(Array.from({length: sideBySide}, run));
console.log(`${to - from + 1} storms, ${faults} faults`);
process.exit(faults > 0 ? 1 : 0);
