/**
 * The largest memory that this process and its children have had. A child's peak is read while it lives, again and again, since
 * it is gone with it.
 */
import {readdirSync, readFileSync} from 'node:fs';
import {type ExecutionContext} from 'ava';

const lookEveryMs = 25;

export type PeakMemory = {
	/** Of this process and each child, in KiB; children count 0 where the system does not tell. */
	largestKib(): number;
	/** Of the largest child alone. */
	childKib(): number;
};

export function watchMemory(t: ExecutionContext): PeakMemory {
	let childKib = 0;
	const look = () => {
		childKib = Math.max(childKib, ...childPeaksKib());
		return childKib;
	};
	const timer = setInterval(look, lookEveryMs);
	t.teardown(() => {
		clearInterval(timer);
	});
	return {childKib: look, largestKib: () => Math.max(process.resourceUsage().maxRSS, look())};
}

function childPeaksKib(): number[] {
	return childPids().map((pid) => {
		try {
			return Number(/VmHWM:\s*(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
		} catch {
			return 0; // It has just ended.
		}
	});
}

function childPids(): string[] {
	try {
		const tasks = readdirSync('/proc/self/task');
		const lists = tasks.map((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8'));
		return lists.flatMap((list) => list.trim().split(' ')).filter((pid) => pid !== '');
	} catch {
		return []; // A thread that has just ended, or another system.
	}
}
