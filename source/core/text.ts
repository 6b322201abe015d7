/** How failures are told: the sentence for a code, the exit code, and text from outside made safe to print. */
import {type FailureCode} from '../protocol/failure.js';
import {type FailureDetails, sentences} from './failure-sentences.js';
import {printable} from './printable.js';
import {askedWords} from './reason-words.js';

/** 0 done, 1 failed, 2 usage, 3 refused, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 3 | 130;

/** Codes that mean "refused": another try of the same kind will be refused as well. */
const refused: ReadonlySet<string> = new Set<FailureCode>([
	'bad_invite',
	'folder_not_empty',
	'already_running',
	'other_session',
	'inside_project',
	'not_admitted',
	'unsupported_version',
	'session_full',
	'relay_full',
	'replaced',
	'not_member',
	'old_epoch',
	'kicked',
	'not_authentic',
	'wrong_founder',
]);

const usage: ReadonlySet<string> = new Set<FailureCode>([
	'usage',
	'bad_time',
	'not_in_history',
	'no_such_side',
	'peer_unknown',
	'peer_ambiguous',
	'not_conflicted',
	'unknown_path',
]);

/** The sentence for a failure's code; one that this version does not know is named as it came. */
export function failureSentence(code: string, details: FailureDetails = {}): string {
	// Whatever a detail holds: a sentence is one line of plain text.
	if (Object.hasOwn(sentences, code)) {
		const {retryAfterMs} = details;
		const asked = typeof retryAfterMs === 'number' ? askedWords(retryAfterMs) : undefined;
		const sentence = sentences[code as FailureCode](details);
		return printable(asked === undefined ? sentence : `${sentence} T${asked.slice(1)}.`);
	}
	return `It failed (${printable(code)}); run it again with --log-file FILE to see more.`;
}

/** How the program ends after this failure. */
export function exitCodeOf(code: string): ExitCode {
	if (code === 'aborted') return 130;
	if (usage.has(code)) return 2;
	return refused.has(code) ? 3 : 1;
}
