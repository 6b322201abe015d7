/** Keeps what Node compiled of the program for the next start, where Node can do that (22.8 and newer). */
import module from 'node:module';
import envPaths from 'env-paths';
import {programName} from '../settings/settings.js';

/**
 * Call before the large parts are loaded. A folder of the person's own: Node's default is below the temporary folder of
 * all, where another user could put code in wait.
 */
export function keepCompiled(): void {
	// Node forgives a folder that cannot be written.
	if ('enableCompileCache' in module && typeof module.enableCompileCache === 'function')
		Reflect.apply(module.enableCompileCache, module, [envPaths(programName, {suffix: ''}).cache]);
}
