/** Lets the engine of Node 20 optimize only what runs for long. */
import process from 'node:process';
import {setFlagsFromString} from 'node:v8';

/** The engine of Node 20. Later ones have a compiler between the quick and the thorough one, and no such flag. */
const versionPrefix = '11.3.';

/** How many bytes of bytecode a function runs through before it counts as busy; 67,584 without this. */
const busyAfterBytes = 1_000_000;

/**
 * Call before the large parts are loaded. Most functions of a start and a first join run for a moment, and to optimize them
 * took a quarter of the processor's time that the program needs for both.
 */
export function compileLater(): void {
	if (process.versions.v8.startsWith(versionPrefix))
		setFlagsFromString(`--interrupt-budget=${busyAfterBytes}`);
}
