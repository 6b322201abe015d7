/** How the program says what went wrong: one sentence on stderr, or one object on stdout where JSON was asked for. */
import {exitCodeOf, type ExitCode, failureSentence} from '../core/text.js';
import {Failure} from '../protocol/failure.js';
import {type CommandName} from './commands.js';
import {type Terminal} from './terminal.js';

/**
 * Tells it and returns the exit code. `form` is `object` for the commands that print exactly one, `event` for those
 * that print events, `command` the one whose help is pointed to. What is no Failure is a fault of ours and thrown on.
 */
export function reportFailure(
	terminal: Terminal,
	error: unknown,
	form: 'text' | 'object' | 'event',
	command?: CommandName,
): ExitCode {
	if (!(error instanceof Failure)) throw error;
	const {code} = error;
	const details = command === undefined || command === 'open' ? error.details : {command, ...error.details};
	return reportSentence(terminal, {code, message: failureSentence(code, details)}, form);
}

/** The same for a sentence that is worded already. */
export function reportSentence(
	terminal: Terminal,
	{code, message}: {readonly code: string; readonly message: string},
	form: 'text' | 'object' | 'event',
): ExitCode {
	if (form === 'object') terminal.stdout.write(`${JSON.stringify({error: {code, message}})}\n`);
	if (form === 'event') {
		terminal.stdout.write(`${JSON.stringify({event: 'error', at: Date.now(), code, message})}\n`);
	}
	terminal.stderr.write(`${message}\n`);
	return exitCodeOf(code);
}

export function usageFailure(message: string): Failure {
	return new Failure('usage', {severity: 'fatal', details: {message}});
}
