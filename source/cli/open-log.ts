/** Diagnostics go to the file that `--log-file` names, and nowhere else: stdout and the screen are for what was asked. */
import {pino, type Logger} from 'pino';
import {Failure} from '../protocol/failure.js';

/** Throws Failure `folder_not_writable` if the file cannot be written. */
export function openLog(file: string | undefined): Logger {
	if (file === undefined) return pino({level: 'silent'});
	try {
		// Written at once: the last lines before a crash are the ones that matter.
		return pino(
			{level: 'debug', base: {pid: process.pid}},
			pino.destination({dest: file, sync: true, mode: 0o600}),
		);
	} catch (cause) {
		throw new Failure('folder_not_writable', {severity: 'fatal', details: {path: file}, cause});
	}
}
