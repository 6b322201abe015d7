/**
 * TCP simultaneous open: both ends connect to each other's public mapping from the port that has it, until their SYNs
 * cross. Each SYN also opens the own NAT for the other's, so a start at the same moment matters, but not to the millisecond.
 */
import type net from 'node:net';
import {type Candidate, formatCandidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {failureOf, startDeadline} from '../deadline.js';
import {pathWords} from '../path-words.js';
import {delay} from './delay.js';
import {dial} from './dial.js';
import {type Reflection} from './reflect.js';
import {wordsOf} from './socket-words.js';

/** After a refusal, which is a NAT that does not know the other's mapping yet. */
const retryMs = 100;

/** Nine of ten punches that work do so at once; a lost SYN is sent again after one second and after three. */
const punchDeadlineMs = 6000;

/** Refusals by our own system do not pass by being asked again. */
const hopelessCodes: ReadonlySet<string> = new Set([
	'EADDRINUSE',
	'EINVAL',
	'EACCES',
	'EPERM',
	'EAFNOSUPPORT',
]);

export type PunchOptions = {
	readonly from: Pick<Reflection, 'localPort' | 'localAddress'>;
	/** The other end's public mapping, of the same family. */
	readonly to: Candidate;
	readonly startInMs: number;
	readonly signal: AbortSignal;
};

/** Resolves with the socket. Rejects with a Failure whose message is words. */
export async function punch({from, to, startInMs, signal}: PunchOptions): Promise<net.Socket> {
	const deadline = startDeadline(startInMs + punchDeadlineMs, 'no_answer', signal);
	let last: string = pathWords.noAnswer;
	try {
		await delay(startInMs, deadline.signal);
		for (;;) {
			try {
				return await dial(to, {signal: deadline.signal, timeoutMs: punchDeadlineMs, ...from});
			} catch (error) {
				if (deadline.signal.aborted) throw error;
				last = wordsOf(error);
				if (error instanceof Failure && hopelessCodes.has(String(error.details.code))) throw error;
			}
			await delay(retryMs, deadline.signal);
		}
	} catch (error) {
		if (signal.aborted) throw failureOf(signal.reason);
		const reason = deadline.signal.aborted ? last : wordsOf(error);
		throw new Failure('no_path', {message: pathWords.at(formatCandidate(to), reason), cause: error});
	} finally {
		deadline.clear();
	}
}
