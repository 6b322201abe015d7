/** Two load peers of one session with a tunnel between them; each may be on a relay of its own. */
import {startWindowBytes} from '../source/protocol/limits.js';
import {createPeer, createSession, type TestPeer, type TestSession} from '../test/relay/raw-client.js';
import {LoadPeer} from './relay-load-peer.js';

export type LoadPair = {readonly from: LoadPeer; readonly to: LoadPeer};

/** A pair that sends nothing yet: it is paced, and gets no allowance. */
export async function openLoadPair(fromUrl: string, toUrl: string): Promise<LoadPair> {
	const [founder, member] = [createPeer(), createPeer()];
	const session = createSession(founder);
	const from = await enter(fromUrl, 'create_session', founder, session);
	// Relays tell each other a moment after the member itself knows that it is in.
	const joined = from.next('peer_joined');
	const to = await enter(toUrl, 'join_session', member, session);
	await joined;
	const ask = {generation: 1, window_bytes: startWindowBytes};
	const asked = to.next('request_binary_proxy');
	from.send({type: 'request_binary_proxy', target_peer_id: member.peerId, ...ask});
	await asked;
	const accepted = from.next('binary_proxy_accepted');
	to.send({type: 'binary_proxy_accepted', target_peer_id: founder.peerId, ...ask});
	await accepted;
	from.paced = true;
	to.startReceiving(founder.peerId);
	from.startSending(session.sessionId, member.peerId);
	return {from, to};
}

/** One that is in its session, and does nothing there yet. */
export async function enter(
	url: string,
	type: 'create_session' | 'join_session',
	peer: TestPeer,
	session: TestSession,
): Promise<LoadPeer> {
	const member = new LoadPeer(url);
	await member.enter(type, peer, session, member.next('welcome'));
	return member;
}

/** Bytes a second of all pairs together, as fast as they go. */
export async function measureRate(pairs: readonly LoadPair[], milliseconds: number): Promise<number> {
	for (const {from} of pairs) from.paced = false;
	const received = () => pairs.reduce((sum, {to}) => sum + to.receivedBytes, 0);
	const [before, startedAt] = [received(), performance.now()];
	await new Promise((resolve) => setTimeout(resolve, milliseconds));
	const rate = (received() - before) / ((performance.now() - startedAt) / 1000);
	for (const {from} of pairs) from.paced = true;
	return rate;
}
