/** What the system says about a socket, in words for the record of an attempt. */
import {Failure} from '../../protocol/failure.js';

const words: Readonly<Record<string, string>> = {
	ECONNREFUSED: 'refused',
	ECONNRESET: 'cut off',
	EPIPE: 'cut off',
	ETIMEDOUT: 'no answer',
	EHOSTUNREACH: 'not reachable from here',
	ENETUNREACH: 'not reachable from here',
	EHOSTDOWN: 'not reachable from here',
	EADDRNOTAVAIL: 'the local port cannot be used for it',
	EADDRINUSE: 'this system does not share a port between connections',
	EACCES: 'not allowed here',
	EPERM: 'not allowed here',
	EINVAL: 'this system cannot dial it',
	EAFNOSUPPORT: 'this system cannot dial it',
	ENOTFOUND: 'its name has no such address',
	EMFILE: 'too many open files',
};

/** The code that the system gave, or an empty text. */
export function systemCode(error: unknown): string {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A few words; a Failure's own message where somebody wrote one. */
export function wordsOf(error: unknown): string {
	if (!(error instanceof Failure)) return words[systemCode(error)] ?? (systemCode(error) || 'failed');
	switch (error.code) {
		case 'not_authentic':
			return 'somebody else answered there';
		case 'no_answer':
			return 'no answer';
		case 'carrier_lost':
		case 'closed_by_peer':
			return 'cut off';
		default:
			return error.message === error.code ? error.code.replaceAll('_', ' ') : error.message;
	}
}
