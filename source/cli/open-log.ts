/** Diagnostics go to the file that `--log-file` names, and nowhere else: stdout and the screen are for what was asked. */
import {Failure} from '../protocol/failure.js';

/** One line for the log: facts, never a secret. */
export type Log = (line: Readonly<Record<string, unknown>>) => void;

/**
 * Throws Failure `folder_not_writable` if the file cannot be written. Without a file lines go to `otherwise`, for a program whose
 * log its keeper collects, or nowhere.
 */
export async function openLog(
	file: string | undefined,
	otherwise?: {write(text: string): unknown},
): Promise<Log> {
	if (file === undefined && !otherwise) return () => undefined;
	// Most runs write no log, so the library is loaded here alone.
	const {pino} = await import('pino');
	try {
		// Written at once: the last lines before a crash are the ones that matter.
		const destination =
			file === undefined ? textStream(otherwise) : pino.destination({dest: file, sync: true, mode: 0o600});
		const logger = pino({level: 'debug', base: {pid: process.pid}}, destination);
		return (line) => logger.info(line);
	} catch (cause) {
		throw new Failure('folder_not_writable', {severity: 'fatal', details: {path: file ?? 'stderr'}, cause});
	}
}

function textStream(to: {write(text: string): unknown} | undefined): {write(text: string): void} {
	return {write: (text) => void to?.write(text)};
}
