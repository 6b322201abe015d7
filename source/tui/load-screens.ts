import process from 'node:process';
import type * as screens from './screens/draw.js';

/**
 * Loads what draws, with the production build of React; the bundled program has no other, what tests load does.
 *
 * React asks NODE_ENV once, as it is loaded. Its development build notes each drawing on the performance timeline of
 * Node, which forgets nothing: tens of megabytes a minute on a screen that moves. The variable is put back at once,
 * since editors and their shells inherit it.
 */
export async function loadScreens(): Promise<typeof screens> {
	const before = process.env['NODE_ENV'];
	process.env['NODE_ENV'] = 'production';
	try {
		return await import('./screens/draw.js');
	} finally {
		if (before === undefined) delete process.env['NODE_ENV'];
		else process.env['NODE_ENV'] = before;
	}
}
