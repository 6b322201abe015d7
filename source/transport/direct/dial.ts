/** Outgoing TCP connections to addresses that were judged before. */
import net from 'node:net';
import {type Candidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {failureOf, startDeadline} from '../deadline.js';
import {pathWords} from '../path-words.js';
import {delay} from './delay.js';
import {prepareSocket} from './tcp-carrier.js';
import {systemCode, wordsOf} from './socket-words.js';

/** A SYN that is lost is sent again after one second and after three. */
const connectDeadlineMs = 4000;

/** Head start of a candidate before the next one is dialled as well. */
const staggerMs = 150;

export type DialOptions = {
	readonly signal: AbortSignal;
	readonly timeoutMs?: number;
	/** From this port, which other sockets of ours use as well. */
	readonly localPort?: number;
	readonly localAddress?: string;
};

/** Resolves with a connected socket that never raises an unhandled error. Rejects with a Failure whose message is words. */
export async function dial({ip, port}: Candidate, options: DialOptions): Promise<net.Socket> {
	const {signal, timeoutMs = connectDeadlineMs, localPort, localAddress} = options;
	const deadline = startDeadline(timeoutMs, 'no_answer', signal);
	try {
		return await new Promise<net.Socket>((resolve, reject) => {
			if (deadline.signal.aborted) throw failureOf(deadline.signal.reason);
			const from = localPort === undefined ? {} : {localPort, localAddress};
			const socket = net.connect({host: ip, port, family: net.isIPv6(ip) ? 6 : 4, ...from});
			prepareSocket(socket);
			const finish = (failure?: Failure) => {
				socket.off('connect', connected).off('error', failed);
				deadline.signal.removeEventListener('abort', aborted);
				if (!failure) return resolve(socket);
				socket.destroy();
				reject(failure);
			};
			const connected = () => finish();
			const failed = (error: Error) => finish(dialFailure(error));
			const aborted = () => finish(failureOf(deadline.signal.reason));
			socket.once('connect', connected).once('error', failed);
			deadline.signal.addEventListener('abort', aborted, {once: true});
		});
	} catch (error) {
		// Some systems refuse an address or a port in the call itself.
		throw error instanceof Failure ? error : dialFailure(error);
	} finally {
		deadline.clear();
	}
}

/**
 * Dials all of them, one shortly after the other, and gives each that connects to `greet`, one at a time; resolves with
 * what the first good one gave. Closes the rest. Rejects with `no_path` and the reasons.
 */
export async function dialFirst<Result>(
	candidates: readonly Candidate[],
	signal: AbortSignal,
	greet: (socket: net.Socket, candidate: Candidate) => Promise<Result>,
): Promise<Result> {
	const rest = new AbortController();
	const follow = () => rest.abort(failureOf(signal.reason));
	signal.addEventListener('abort', follow, {once: true});
	let turn: Promise<unknown> = Promise.resolve();
	let isDone = false;
	const attempt = async (candidate: Candidate, index: number): Promise<Result> => {
		await delay(index * staggerMs, rest.signal);
		const socket = await dial(candidate, {signal: rest.signal});
		const own = turn.then(async () => {
			if (isDone || signal.aborted) {
				socket.destroy();
				throw new Failure('closed', {message: pathWords.notNeeded});
			}
			const result = await greet(socket, candidate);
			isDone = true;
			return result;
		});
		turn = own.catch(() => undefined);
		return own;
	};
	try {
		if (signal.aborted) throw failureOf(signal.reason);
		return await Promise.any(candidates.map(attempt));
	} catch (error) {
		if (signal.aborted) throw failureOf(signal.reason);
		throw new Failure('no_path', {message: sumUp(error instanceof AggregateError ? error.errors : [error])});
	} finally {
		signal.removeEventListener('abort', follow);
		rest.abort(new Failure('closed', {message: pathWords.notNeeded}));
	}
}

/** The reasons of several tries in a few words, each once. */
export function sumUp(errors: readonly unknown[]): string {
	const reasons = [...new Set(errors.map(wordsOf))];
	return reasons.length === 0 ? pathWords.noAddress : pathWords.several(reasons.slice(0, 3));
}

function dialFailure(error: unknown): Failure {
	const code = systemCode(error);
	return new Failure('no_path', {message: wordsOf(error), cause: error, details: code ? {code} : {}});
}
