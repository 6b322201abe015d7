/**
 * Gives memory back that a large piece of work left behind: the engine looks for what nobody uses only when it needs more, so a
 * session at rest would keep all that its first look at the disk took.
 */
import {getHeapStatistics, setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

/** Less is not worth the pause, some 100 ms for each 50 MB in use. */
const worthwhileBytes = 32 * 1024 * 1024;

export class UnusedMemory {
	/** What was in use after the last time. */
	#usedBytes = 0;
	#collect: (() => void) | undefined;

	/** Gives back what is unused, if the heap has grown by much since the last time. True if it did. */
	release(): boolean {
		if (getHeapStatistics().used_heap_size - this.#usedBytes < worthwhileBytes) return false;
		this.#collect ??= findCollector();
		this.#collect();
		this.#usedBytes = getHeapStatistics().used_heap_size;
		return true;
	}
}

/** The engine's own collector, which only contexts have that were made after the flag was set. */
function findCollector(): () => void {
	setFlagsFromString('--expose-gc');
	const collect: unknown = runInNewContext('gc');
	setFlagsFromString('--no-expose-gc');
	return typeof collect === 'function' ? () => void Reflect.apply(collect, undefined, []) : () => undefined;
}
