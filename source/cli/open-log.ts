/** Diagnostics go to the file that `--log-file` names, and nowhere else: stdout and the screen are for what was asked. */
import {Failure} from '../protocol/failure.js';

/** One line for the log: facts, never a secret. */
export type Log = (line: Readonly<Record<string, unknown>>) => void;

/** Throws Failure `folder_not_writable` if the file cannot be written. */
export async function openLog(file: string | undefined): Promise<Log> {
	if (file === undefined) return () => undefined;
	// Most runs write no log, so the library is loaded here alone.
	const {pino} = await import('pino');
	try {
		// Written at once: the last lines before a crash are the ones that matter.
		const destination = pino.destination({dest: file, sync: true, mode: 0o600});
		const logger = pino({level: 'debug', base: {pid: process.pid}}, destination);
		return (line) => logger.info(line);
	} catch (cause) {
		throw new Failure('folder_not_writable', {severity: 'fatal', details: {path: file}, cause});
	}
}
