/** The network interfaces of this machine, as far as the system tells them. */
import {networkInterfaces} from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

let known: Interfaces = {};

/**
 * As `os.networkInterfaces`, but never throws: some systems forbid the question (Android, some sandboxes), and any refuses it
 * for a moment when files run out. Then what was known last still counts, for no address has gone by that.
 */
export function machineInterfaces(): Interfaces {
	try {
		known = networkInterfaces();
	} catch {
		// Looked at again soon.
	}
	return known;
}
