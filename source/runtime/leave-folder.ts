/** `leave` for a folder whose session does not run: what a running one does at its end, under the same lock. */
import {Failure} from '../protocol/failure.js';
import {hasProjectFolder, openProjectFolder} from '../workspace/project-files.js';
import {removeSessionFile} from '../workspace/session-file.js';

/**
 * Ends the folder's session: the next start knows none. Files, store and key stay. A session file that cannot be read
 * goes as well. Throws Failure `no_session`, and `already_running` where a session is about to begin.
 */
export async function leaveFolder(root: string): Promise<void> {
	const none = new Failure('no_session', {severity: 'fatal', details: {path: root}});
	if (!(await hasProjectFolder(root))) throw none;
	const project = await openProjectFolder(root);
	try {
		if (!(await removeSessionFile(project.folder))) throw none;
	} finally {
		await project.close();
	}
}
