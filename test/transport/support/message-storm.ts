/**
 * Two peers that open and use carriers through a relay which says anything at any time: what it passes on comes in bursts
 * that are delivered within one turn of the loop, as a WebSocket does, with its own words in between. A seed decides all.
 */
import {setImmediate as turn, setTimeout as delay} from 'node:timers/promises';
import {decodeFrameHeader, encodeFrame, overwritePeerId} from '../../../source/protocol/frame.js';
import {
	parseClientMessage,
	parseRelayMessage,
	type RelayMessage,
} from '../../../source/protocol/relay-messages.js';
import {tiers} from '../../../source/protocol/tiers.js';
import {Failure} from '../../../source/protocol/failure.js';
import {openCarrier, refuseCarrier} from '../../../source/transport/open-carrier.js';
import {type PeerChannel} from '../../../source/transport/peer-channel.js';
import {type RelayConnection} from '../../../source/transport/relay-socket.js';
import {SendLanes} from '../../../source/transport/send-lanes.js';
import {createSecret, deriveSession, type SessionKeys} from '../../../source/transport/session-keys.js';
import {type CarrierRequest, TunnelHub, type TunnelTier} from '../../../source/transport/tunnel-hub.js';
import {type Random, seededRandom} from '../../helpers/random.js';
import {createPair, helloOf, type Person} from './peers.js';

const ticks = 30;
/** What is under way ends at once with the relay's connection; this much is for a busy machine. */
const settleMs = 10_000;

type Delivery = {readonly to: End; readonly run: () => void};

/** One peer's side: what its relay has for it, and what it has open. */
class End {
	readonly inbox: Delivery[] = [];
	readonly requests: CarrierRequest[] = [];
	readonly channels = new Set<PeerChannel>();
	/** What was begun and has not ended, in words. */
	readonly underWay = new Map<Promise<unknown>, string>();
	readonly aborts: AbortController[] = [];
	readonly hub: TunnelHub;
	readonly connection: Pick<RelayConnection, 'hub' | 'instance' | 'send'>;
	readonly faults: string[] = [];
	/** Peers that were found to be none, by tier. */
	readonly strangers: string[] = [];
	other!: End;
	/** The newest that was opened here. */
	generation = 0;
	isDead = false;
	#buffered = 0;

	constructor(
		readonly person: Person,
		readonly keys: SessionKeys,
	) {
		const lanes = new SendLanes({
			bufferedBytes: () => this.#buffered,
			send: (data, taken) => this.#send(data, taken),
		});
		const self = person.identity.peerId;
		this.hub = new TunnelHub({
			...{sessionId: keys.sessionId, self, lanes},
			requested: (request) => this.requests.push(request),
		});
		this.connection = {hub: this.hub, instance: person.instance, send: (message) => this.hub.send(message)};
	}

	/** The connection to the relay is gone, as `EnteredConnection` ends it. */
	die(): void {
		if (this.isDead) return;
		this.isDead = true;
		this.hub.closeAll('relay_closed');
		this.hub.lanes.close();
	}

	open(tier: TunnelTier, generation: number, leader: boolean): void {
		const {identity, instance} = this.other.person;
		const ended = new Set<PeerChannel>();
		const abort = new AbortController();
		this.aborts.push(abort);
		const heard = (channel: PeerChannel) => {
			if (ended.has(channel)) this.faults.push('something was told after the end');
		};
		const opening = openCarrier({
			relay: this.connection as RelayConnection,
			tier,
			peer: {peerId: identity.peerId, publicKey: identity.publicKey, instance},
			generation,
			leader,
			tiers,
			identity: this.person.identity,
			keys: this.keys,
			hello: helloOf(this.person.name),
			signal: abort.signal,
			callbacks: {
				message: heard,
				bulk: heard,
				objects: heard,
				closed: (channel) => {
					heard(channel);
					ended.add(channel);
					this.channels.delete(channel);
				},
			},
		});
		this.keep(
			`opening ${tier}`,
			opening.then(
				(channel) => {
					if (!ended.has(channel)) this.channels.add(channel);
					return channel.closed;
				},
				(error: unknown) => {
					if (!(error instanceof Failure)) this.faults.push(String(error));
					else if (error.severity === 'hostile' && error.code === 'not_authentic') this.strangers.push(tier);
				},
			),
		);
	}

	/** Watches whether it ends. */
	keep(what: string, work: Promise<unknown>): void {
		const ended = work.then(
			() => void this.underWay.delete(ended),
			() => void this.underWay.delete(ended),
		);
		this.underWay.set(ended, what);
	}

	#send(data: Uint8Array | string, taken: () => void): void {
		if (this.isDead) return;
		const bytes = Buffer.from(data);
		this.#buffered += bytes.byteLength;
		const pass = typeof data === 'string' ? passedText(data) : passedFrame(bytes, this.hub.self);
		this.inbox.push({
			to: this.other,
			run: () => {
				this.#buffered -= bytes.byteLength;
				if (!this.other.isDead) pass(this.other.hub);
				if (!this.isDead) taken();
			},
		});
	}
}

function passedText(text: string): (hub: TunnelHub) => void {
	const parsed = parseClientMessage(text);
	if (!parsed.ok) throw new Error(`A client sent what no relay takes: ${parsed.message}`);
	const {peer_id: from, ...rest} = parsed.message;
	const passed = parseRelayMessage(JSON.stringify({...rest, from_peer_id: from}));
	if (!passed.ok) throw new Error(`A relay would pass on what no client takes: ${passed.message}`);
	return (hub) => void hub.receive(passed.message);
}

function passedFrame(bytes: Buffer, from: string): (hub: TunnelHub) => void {
	const header = decodeFrameHeader(bytes);
	if ('error' in header) throw new Error(header.error);
	overwritePeerId(bytes, header, from);
	return (hub) => hub.receiveFrame(bytes);
}

/** Something that a relay or the peer may say, true or not. */
function word(random: Random, {keys, other, generation: newest}: End, forges: boolean): RelayMessage {
	const peer = other.person;
	const generation = 1 + random.below(newest + 1);
	const from = {session_id: keys.sessionId, from_peer_id: peer.identity.peerId};
	const request = {...from, request_id: random.below(4), ext: {generation}};
	const oid = random.bytes(20).toString('hex');
	const bytes = random.bytes(random.below(60));
	const reason = random.pick([
		'closed',
		'peer_left',
		'no_tunnel',
		'sequence_gap',
		'text_only',
		'words of a person',
	]);
	const answered = ['request_binary_proxy', 'binary_frame', 'peer_message', 'git_objects_chunk'];
	const words: (() => RelayMessage)[] = [
		() => ({type: 'peer_left', ...from, reason: 'left'}),
		() => ({
			...{type: 'peer_joined', ...from, public_key: peer.identity.publicKey},
			...{name: peer.name, instance: peer.instance},
		}),
		() => ({
			type: 'request_binary_proxy',
			...from,
			generation: random.below(newest + 2),
			window_bytes: 70_000,
		}),
		() => ({type: 'binary_proxy_accepted', ...from, generation, window_bytes: 1 + random.below(2 ** 20)}),
		() => ({type: 'binary_proxy_rejected', ...from, generation, reason}),
		() => ({type: 'binary_proxy_closed', ...from, generation, reason}),
		() => ({type: 'binary_proxy_credit', ...from, generation, bytes: 1 + random.below(2 ** 20)}),
		() => ({
			...{type: 'peer_message', ...from, sequence: random.below(3)},
			channel: `${generation}${random.pick([forges ? '' : '.later', '.close', '.credit'])}`,
			body: bytes.toString('base64'),
		}),
		() => ({type: 'request_git_objects', ...request, commit_hash: oid, have: [], window_bytes: 70_000}),
		() => ({type: 'git_objects_ack', ...request, bytes: random.below(2 ** 30)}),
		() => ({type: 'git_objects_failed', ...request, code: 'failed'}),
		() => ({
			...{type: 'git_objects_chunk', ...request, chunk_index: 0, total_chunks: 0},
			objects: [
				{
					oid,
					object_type: 'blob',
					size: 9,
					encoding: ['aes-256-gcm', 'base64'],
					data: bytes.toString('base64'),
				},
			],
		}),
		() => ({
			...{type: 'error', code: random.pick(['no_tunnel', 'unknown_peer', 'rate_limited']), message: 'no'},
			...{in_reply_to: random.pick(answered), target_peer_id: peer.identity.peerId},
			...(random.below(2) === 0 ? {generation} : {}),
			...(random.below(2) === 0 ? {retry_after_ms: 5} : {}),
		}),
	];
	return random.pick(words)();
}

/** A frame of the peer's tunnel that nobody sent. */
function frame(random: Random, {keys, other, generation}: End): Buffer {
	const sequence = {generation: 1 + random.below(generation + 1), counter: random.below(4)};
	const data = random.bytes(random.below(80));
	return Buffer.from(
		encodeFrame({sessionId: keys.sessionId, peerId: other.person.identity.peerId, sequence, data}),
	);
}

type Weather = {
	/** How often something is said that nobody sent. */
	readonly wildness: number;
	/** Whether that may be bytes in a peer's name. */
	readonly forges: boolean;
};

/** Delivers some of what waits, all in one turn, with words and frames of nobody in between. */
function burst(random: Random, end: End, {wildness, forges}: Weather): void {
	const {hub} = end;
	const waiting = end.other.inbox;
	for (let left = random.below(waiting.length + 2); left > 0 && !end.isDead; left--) {
		if (random.next() < wildness) hub.receive(word(random, end, forges));
		if (forges && random.next() < wildness / 4) hub.receiveFrame(frame(random, end));
		waiting.shift()?.run();
	}
}

/** What a program above would do now. */
function act(random: Random, end: End, leader: boolean): void {
	for (const {peerId, tier, generation, tiers: allowed} of end.requests.splice(0)) {
		if (leader || generation === 0 || peerId !== end.other.person.identity.peerId) continue;
		const choice = random.below(10);
		if (choice === 0) {
			const refusal = {peerId, tier, generation, reason: 'pinned', tiers: allowed ?? tiers};
			refuseCarrier(end.connection as RelayConnection, refusal);
		} else if (choice > 1 && generation > end.generation) {
			// A generation is opened once, as the core sees to.
			end.generation = generation;
			end.open(tier, generation, false);
		}
	}
	if (leader && random.below(4) === 0) end.open(random.pick(['proxy', 'json']), ++end.generation, true);
	if (random.below(12) === 0 && end.aborts.length > 0) random.pick(end.aborts).abort(new Failure('closed'));
	for (const channel of end.channels) {
		const choice = random.below(12);
		if (choice === 0) channel.close('switched');
		else if (choice < 3) channel.send({type: 'activity', paths: ['a']});
		else if (choice < 5) {
			const sent = channel.sendBulk('segment', {request: 1, index: 0}, random.bytes(random.below(200_000)));
			end.keep('bulk', sent);
		} else if (choice < 7 && channel.objects) {
			const object = {oid: '1'.repeat(40), type: 'blob', size: 3, bytes: Buffer.from('abc')} as const;
			channel.send({type: 'want', request: 1, commit: '2'.repeat(40), have: []});
			const chunk = {request: 1, chunkIndex: 0, totalChunks: 0, objects: [object]};
			end.keep('objects', channel.objects.send(chunk));
			channel.send({type: 'end', request: 1});
		} else if (choice === 7) end.keep('drain', channel.drain());
	}
}

/** Runs one storm. Says what went wrong, in words; what nobody caught is the process's to tell. */
export async function runMessageStorm(seed: number): Promise<readonly string[]> {
	const random = seededRandom(seed);
	const [one, two] = createPair();
	const keys = deriveSession({secret: createSecret(), founderPublicKey: one.identity.publicKey});
	const [leader, follower] = [new End(one, keys), new End(two, keys)];
	leader.other = follower;
	follower.other = leader;
	const weather = {wildness: random.pick([0, 0.02, 0.1, 0.5]), forges: random.below(3) === 0};
	const breaksAt = random.below(2 * ticks);
	for (let tick = 0; tick < ticks; tick++) {
		await turn();
		act(random, leader, true);
		act(random, follower, false);
		burst(random, leader, weather);
		burst(random, follower, weather);
		if (tick === breaksAt) random.pick([leader, follower]).die();
	}
	leader.die();
	follower.die();
	const all = new Map([...leader.underWay, ...follower.underWay]);
	const abort = new AbortController();
	const settled = Promise.all(all.keys()).then(() => abort.abort());
	await Promise.race([settled, delay(settleMs, undefined, {signal: abort.signal}).catch(() => undefined)]);
	const late = [...leader.underWay.values(), ...follower.underWay.values()];
	const strangers = [...leader.strangers, ...follower.strangers];
	return [
		...late.map((what) => `it does not end with the connection: ${what}`),
		...leader.faults,
		...follower.faults,
		...(weather.forges ? [] : strangers.map((what) => `an honest peer was called a stranger: ${what}`)),
	];
}
