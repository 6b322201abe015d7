/** What the system says about a socket, in words for the record of an attempt. */
import {Failure} from '../../protocol/failure.js';
import {pathWords, systemWords} from '../path-words.js';

/** The code that the system gave, or an empty text. */
export function systemCode(error: unknown): string {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A few words; a Failure's own message where somebody wrote one. */
export function wordsOf(error: unknown): string {
	if (!(error instanceof Failure))
		return systemWords[systemCode(error)] ?? (systemCode(error) || pathWords.failed);
	switch (error.code) {
		case 'not_authentic':
			return pathWords.somebodyElse;
		case 'no_answer':
			return pathWords.noAnswer;
		case 'carrier_lost':
		case 'closed_by_peer':
			return pathWords.cutOff;
		default:
			return error.message === error.code ? error.code.replaceAll('_', ' ') : error.message;
	}
}
