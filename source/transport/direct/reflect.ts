/**
 * Which public address a local port has: asked of the relay's reflectors through that very port. The connection to the
 * first one stays open until the punch is over, for it is what keeps the NAT's mapping.
 */
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import {
	type Candidate,
	isSameCandidate,
	parseCandidate,
	formatCandidate,
	plainIp,
} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {failureOf, startDeadline} from '../deadline.js';
import {machineInterfaces} from '../machine-interfaces.js';
import {natWords} from '../path-words.js';
import {delay} from './delay.js';
import {type NatKind} from './direct-signal.js';
import {wordsOf} from './socket-words.js';

/** Asking takes one round trip for TCP and one for HTTP. */
const askDeadlineMs = 3000;

/** Relays close a silent HTTP connection after a few seconds. */
const refreshMs = 2000;

/** `{ip, port}` and a few headers. */
const maxAnswerBytes = 1024;

export type Family = 4 | 6;

export type Reflection = {
	readonly family: Family;
	/** Bound by our sockets, with no listener on it. */
	readonly localPort: number;
	readonly localAddress: string;
	readonly mapping: Candidate;
	readonly natKind: NatKind;
	/** Lets the mapping go. Idempotent. */
	close(): void;
};

/** Rejects with a Failure whose message says in words why nothing is known. */
export async function reflect(
	urls: readonly string[],
	family: Family,
	signal: AbortSignal,
): Promise<Reflection> {
	const [first, second] = urls;
	if (first === undefined) throw new Failure('no_path', {message: natWords.noReflector});
	const localAddress = family === 4 ? '0.0.0.0' : '::';
	const kept = openAsker({family, localAddress, localPort: 0});
	try {
		const {seen, local} = await kept.ask(first, signal);
		const localPort = local.port;
		const from = {family, localAddress, localPort};
		const timer = setInterval(() => {
			// The mapping outlives a refresh that fails, for a while.
			kept.ask(first, signal).catch(() => undefined);
		}, refreshMs);
		const close = () => {
			clearInterval(timer);
			kept.close();
		};
		try {
			const natKind = await kindOf(seen, local, second, from, signal);
			return {...from, mapping: seen, natKind, close};
		} catch (error) {
			close();
			throw error;
		}
	} catch (error) {
		kept.close();
		if (signal.aborted) throw failureOf(signal.reason);
		throw new Failure('no_path', {message: natWords.reflector(wordsOf(error)), cause: error});
	}
}

/** Two destinations, two mappings: then a third cannot be told in advance. */
async function kindOf(
	seen: Candidate,
	local: Candidate,
	second: string | undefined,
	from: Binding,
	signal: AbortSignal,
): Promise<NatKind> {
	const isOurs = Object.values(machineInterfaces())
		.flatMap((entries) => entries ?? [])
		.some(({address}) => isSameCandidate(seen, {ip: address, port: local.port}));
	if (isOurs) return 'open';
	if (second === undefined) return 'unknown';
	const asker = openAsker(from);
	try {
		const other = await asker.ask(second, signal);
		return isSameCandidate(other.seen, seen) ? 'independent' : 'symmetric';
	} catch {
		if (signal.aborted) throw failureOf(signal.reason);
		return 'unknown';
	} finally {
		asker.close();
	}
}

type Binding = {readonly family: Family; readonly localAddress: string; readonly localPort: number};
type Answer = {readonly seen: Candidate; readonly local: Candidate};
/** The relay was asked too often from our address, by whomever. */
type Refusal = {readonly retryAfterMs: number};

/** One connection from one local port, used for one question after another; the system picks the port at first. */
function openAsker(binding: Binding) {
	const options = {keepAlive: true, maxSockets: 1, maxFreeSockets: 1};
	let agent: http.Agent | https.Agent | undefined;
	let {localPort} = binding;
	let askAgainAt = -Infinity;
	return {
		async ask(text: string, outer: AbortSignal): Promise<Answer> {
			const url = new URL(text);
			const literal = net.isIP(url.hostname.replaceAll(/[[\]]/g, ''));
			if (literal !== 0 && literal !== binding.family)
				throw new Failure('no_path', {message: natWords.noAddressOf(binding.family)});
			agent ??= url.protocol === 'https:' ? new https.Agent(options) : new http.Agent(options);
			const deadline = startDeadline(askDeadlineMs, 'no_answer', outer);
			try {
				for (;;) {
					const waitMs = askAgainAt - performance.now();
					if (waitMs > askDeadlineMs) throw new Failure('no_path', {message: natWords.noAddressGiven});
					await delay(waitMs, deadline.signal);
					const answer = await request(url, agent, {...binding, localPort}, deadline.signal);
					if ('seen' in answer) {
						localPort = answer.local.port;
						return answer;
					}
					askAgainAt = performance.now() + answer.retryAfterMs;
				}
			} finally {
				deadline.clear();
			}
		},
		close() {
			agent?.destroy();
		},
	};
}

function request(
	url: URL,
	agent: http.Agent | https.Agent,
	binding: Binding,
	signal: AbortSignal,
): Promise<Answer | Refusal> {
	const {get} = url.protocol === 'https:' ? https : http;
	return new Promise((resolve, reject) => {
		const fail = (error: unknown) =>
			reject(error instanceof Error ? (signal.aborted ? failureOf(signal.reason) : error) : failureOf(error));
		const question = get(url, {agent, ...binding, signal}, (response) => {
			const chunks: Buffer[] = [];
			let bytes = 0;
			const {socket} = response;
			const local = {ip: plainIp(socket.localAddress ?? ''), port: socket.localPort ?? 0};
			response.on('data', (chunk: Buffer) => {
				bytes += chunk.byteLength;
				if (bytes > maxAnswerBytes) question.destroy(new Failure('too_large'));
				else chunks.push(chunk);
			});
			response.once('error', fail);
			response.once('end', () => {
				const seen = response.statusCode === 200 ? parseReflection(Buffer.concat(chunks)) : undefined;
				const retryAfterMs = response.statusCode === 429 ? askedWaitMs(response.headers) : undefined;
				if (seen) resolve({seen, local});
				else if (retryAfterMs !== undefined) resolve({retryAfterMs});
				else fail(new Failure('no_path', {message: natWords.noAddressGiven}));
			});
		});
		question.on('error', fail);
	});
}

/** What `Retry-After` says where it says seconds; never less than one, so that nobody is asked without a pause. */
function askedWaitMs({'retry-after': after = ''}: http.IncomingHttpHeaders): number | undefined {
	return /^\d{1,9}$/.test(after) ? Math.max(1, Number(after)) * 1000 : undefined;
}

/** `{ip, port}`; undefined for anything else. */
export function parseReflection(bytes: Buffer): Candidate | undefined {
	let value: unknown;
	try {
		value = JSON.parse(bytes.toString());
	} catch {
		return undefined;
	}
	if (typeof value !== 'object' || value === null || !('ip' in value) || !('port' in value)) return undefined;
	const {ip, port} = value;
	if (typeof ip !== 'string' || typeof port !== 'number' || net.isIP(plainIp(ip)) === 0) return undefined;
	return parseCandidate(formatCandidate({ip: plainIp(ip).toLowerCase(), port}));
}
