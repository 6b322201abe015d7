/** Sets the engine for what a session does: short bursts of work on many small things, then rest. */
import process from 'node:process';
import {setFlagsFromString} from 'node:v8';

/** The engine of Node 20. Later ones have a compiler between the quick and the thorough one, and no such flag. */
const oneCompilerPrefix = '11.3.';

/** How many bytes of bytecode a function runs through before it counts as busy; 67,584 without this. */
const busyAfterBytes = 1_000_000;

/** Garbage is looked for when the heap has grown by so much of what was in use; left alone, the engine lets it grow up to fourfold. */
const heapGrowthPercent = 80;

/**
 * Call before the large parts are loaded. Most functions of a start and a first join run for a moment: to optimize them took a
 * quarter of the processor's time of both. And most of what a first join of many files makes is garbage soon: it was a third
 * of all memory.
 */
export function tuneEngine(): void {
	setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`);
	if (process.versions.v8.startsWith(oneCompilerPrefix))
		setFlagsFromString(`--interrupt-budget=${busyAfterBytes}`);
}
