/** How a newcomer without a relay gets to know the session: a member in the local network tells its founder's key. */
import type net from 'node:net';
import {type Candidate} from '../../protocol/candidate.js';
import {Failure} from '../../protocol/failure.js';
import {maxCandidates} from '../../protocol/limits.js';
import {type Hello} from '../../protocol/peer-messages.js';
import {isAuthentic, makeAuth} from '../authenticate.js';
import {startDeadline} from '../deadline.js';
import {EarlyFrames} from '../early-frames.js';
import {type Identity, peerIdOf} from '../identity.js';
import {pathWords} from '../path-words.js';
import {openSecureChannel} from '../secure-channel.js';
import {dialFirst} from './dial.js';

/** What `auth` says of a connection that wants this and no channel. */
export const introduceIntent = 'introduce';

const introduceDeadlineMs = 10_000;

/** One member's answer, once connected. */
const answerDeadlineMs = 4000;

export type IntroduceOptions = {
	/** Judged already; at most 8 are dialled. */
	readonly candidates: readonly Candidate[];
	/** Whom we expect there, if somebody said so. */
	readonly peerId?: string;
	readonly identity: Identity;
	readonly instance: string;
	readonly sessionId: string;
	readonly psk: Uint8Array;
	readonly signal?: AbortSignal;
};

/** The member that answered, and what it said. The founder's key is not checked against the session's id here. */
export type Introduction = {
	readonly peerId: string;
	readonly publicKey: string;
	readonly instance: string;
	readonly founderKey: string;
	readonly hello: Hello;
};

/** Asks the first of them that answers. Rejects with a Failure within 10 s. */
export async function introduce(options: IntroduceOptions): Promise<Introduction> {
	const deadline = startDeadline(introduceDeadlineMs, 'no_answer', options.signal);
	try {
		return await dialFirst(options.candidates.slice(0, maxCandidates), deadline.signal, async (socket) =>
			askOne(socket, options, deadline.signal),
		);
	} finally {
		deadline.clear();
	}
}

async function askOne(
	socket: net.Socket,
	{identity, instance, sessionId, psk, peerId: expected}: IntroduceOptions,
	outer: AbortSignal,
): Promise<Introduction> {
	const deadline = startDeadline(answerDeadlineMs, 'no_answer', outer);
	try {
		const secure = await openSecureChannel({carrier: socket, role: 'client', psk, signal: deadline.signal});
		const frames = new EarlyFrames(secure.stream, socket);
		const facts = {sessionId, generation: 0, instance, intent: introduceIntent};
		frames.say(makeAuth(secure, identity, expected ?? '', facts, {saysWho: true}));
		const auth = await frames.read(deadline.signal);
		if (auth?.type !== 'auth' || auth.instance === undefined) throw new Failure('not_authentic');
		const peerId = peerIdOf(auth.public_key);
		const theirs = {sessionId, generation: 0, instance: auth.instance};
		const isExpected = expected === undefined || expected === peerId;
		if (!isExpected || !isAuthentic(auth, secure, identity.peerId, peerId, theirs))
			throw new Failure('not_authentic', {severity: 'hostile'});
		const hello = await frames.read(deadline.signal);
		if (hello?.type !== 'hello' || hello.founder_key === undefined)
			throw new Failure('no_path', {message: pathWords.introducesNobody});
		const {public_key: publicKey, instance: theirInstance} = {...auth, instance: auth.instance};
		return {peerId, publicKey, instance: theirInstance, founderKey: hello.founder_key, hello};
	} finally {
		deadline.clear();
		socket.destroy();
	}
}
