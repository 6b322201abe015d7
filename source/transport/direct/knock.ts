/** How a follower without a relay asks its leader for an attempt: it dials, says 0, and learns the number. */
import type net from 'node:net';
import {type Candidate, refuseCandidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {maxCandidates} from '../../protocol/limits.js';
import {type Hello} from '../../protocol/peer-messages.js';
import {isAuthentic, makeAuth} from '../authenticate.js';
import {startDeadline} from '../deadline.js';
import {EarlyFrames} from '../early-frames.js';
import {type Identity} from '../identity.js';
import {pathWords} from '../path-words.js';
import {openSecureChannel} from '../secure-channel.js';
import {type SessionKeys} from '../session-keys.js';
import {type Arrival, createArrival} from './arrival.js';
import {dialFirst} from './dial.js';

const knockDeadlineMs = 10_000;

/** The leader's core decides within a turn or two, if it wants us at all. */
const answerDeadlineMs = 5000;

export type KnockOptions = {
	readonly candidates: readonly Candidate[];
	readonly peer: {readonly peerId: string; readonly instance: string};
	readonly identity: Identity;
	readonly instance: string;
	readonly keys: Pick<SessionKeys, 'sessionId' | 'psk'>;
	readonly hello: Hello;
	/** As for `openDirect`. */
	readonly loopback: boolean;
	readonly signal?: AbortSignal;
};

/**
 * Resolves with a connection that carries the leader's number: hold it until the core opens that attempt. Rejects with
 * a Failure within 10 s; the leader may have its reasons to answer nothing.
 */
export async function knock(options: KnockOptions): Promise<Arrival> {
	const {loopback, signal} = options;
	const deadline = startDeadline(knockDeadlineMs, 'no_answer', signal);
	const candidates = options.candidates
		.filter((candidate) => refuseCandidate(candidate, {own: [], loopback}) === undefined)
		.slice(0, maxCandidates);
	try {
		return await dialFirst(candidates, deadline.signal, async (socket, candidate) =>
			knockAt(socket, candidate, options, deadline.signal),
		);
	} finally {
		deadline.clear();
	}
}

async function knockAt(
	socket: net.Socket,
	remote: Candidate,
	{peer, identity, instance, keys, hello}: KnockOptions,
	outer: AbortSignal,
): Promise<Arrival> {
	const {sessionId, psk} = keys;
	const deadline = startDeadline(answerDeadlineMs, 'no_answer', outer);
	try {
		const secure = await openSecureChannel({carrier: socket, role: 'client', psk, signal: deadline.signal});
		const frames = new EarlyFrames(secure.stream, socket);
		const facts = {sessionId, generation: 0, instance};
		frames.say(makeAuth(secure, identity, peer.peerId, facts, {saysWho: true}));
		frames.say(hello);
		const auth = await frames.read(deadline.signal);
		// The number is the leader's to give: its signature covers it.
		const generation = auth?.type === 'auth' ? (auth.generation ?? 0) : 0;
		const theirs = {sessionId, generation, instance: peer.instance};
		if (auth?.type !== 'auth' || generation === 0) throw new Failure('not_authentic', {severity: 'hostile'});
		if (auth.instance !== undefined && auth.instance !== peer.instance)
			throw new Failure('no_path', {message: pathWords.startedAnew});
		if (!isAuthentic(auth, secure, identity.peerId, peer.peerId, theirs))
			throw new Failure('not_authentic', {severity: 'hostile'});
		return createArrival({
			...peer,
			publicKey: auth.public_key,
			generation,
			remote,
			socket,
			secure,
			frames,
			said: 'hello',
			identity,
			ownInstance: instance,
			sessionId,
		});
	} catch (error) {
		socket.destroy();
		throw error;
	} finally {
		deadline.clear();
	}
}
