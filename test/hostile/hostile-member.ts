/**
 * A member of a session that means harm: it has the invite, greets as it must, and from then on sends what it likes over a
 * real relay and a real channel.
 */
import {createHash, randomBytes} from 'node:crypto';
import {type Oid} from '../../source/protocol/content.js';
import {type PeerMessage, type PeerMessageOf} from '../../source/protocol/peer-messages.js';
import {createIdentity, type Identity} from '../../source/transport/identity.js';
import {askForCarrier, openCarrier} from '../../source/transport/open-carrier.js';
import {type PeerChannel} from '../../source/transport/peer-channel.js';
import {type SessionKeys} from '../../source/transport/session-keys.js';
import {type CarrierRequest, type TunnelTier} from '../../source/transport/tunnel-hub.js';
import {chunkPieceBytes} from '../../source/runtime/exchange/limits.js';
import {positionOf} from '../../source/runtime/exchange/position.js';
import {helloOf, type Person} from '../transport/support/peers.js';
import {enter, type RelayPeer} from '../transport/support/relay-peers.js';
import {waitUntil} from '../helpers/wait.js';
import {type Forge, type Forged, packOf} from './forged-objects.js';

export type Target = {
	readonly url: string;
	readonly keys: SessionKeys;
	readonly founderKey: string;
	/** Whom it attacks. */
	readonly peerId: string;
};

/** An identity that leads its link with a peer, or follows. */
export function identityFor(peerId: string, leads: boolean): Identity {
	for (;;) {
		const identity = createIdentity();
		if (identity.peerId < peerId === leads) return identity;
	}
}

type Want = PeerMessageOf<'want'>;

export class HostileMember {
	readonly identity: Identity;
	readonly messages: PeerMessage[] = [];
	/** What it does with each want. */
	answers: (want: Want, channel: PeerChannel) => void = () => undefined;
	channel: PeerChannel | undefined;
	readonly #target: Target;
	readonly #tier: TunnelTier;
	readonly #peer: RelayPeer;
	#generation = 1000;

	private constructor(target: Target, tier: TunnelTier, person: Person, peer: RelayPeer) {
		this.#target = target;
		this.#tier = tier;
		this.#peer = peer;
		this.identity = person.identity;
	}

	/** Enters the session as a new process; does not open anything. */
	static async enter(
		target: Target,
		{tier, identity, name}: {tier: TunnelTier; identity: Identity; name: string},
	): Promise<HostileMember> {
		const person = {identity, name, instance: randomBytes(8).toString('hex')};
		const {url, keys, founderKey} = target;
		const peer = await enter(url, person, {keys, founderKey, mode: 'join'});
		return new HostileMember(target, tier, person, peer);
	}

	get leads(): boolean {
		return this.identity.peerId < this.#target.peerId;
	}

	/** Opens a channel to the target, as its leader or as it is asked to. Rejects where it is refused. */
	async connect(): Promise<PeerChannel> {
		this.#generation++;
		if (this.leads) return this.#open({tier: this.#tier, generation: this.#generation});
		const request = await waitUntil('the leader asks', () => this.#nextRequest());
		return this.#open(request);
	}

	/** Asks its leader for a channel; true if one is opened before the time is over. */
	async isLetIn(withinMs: number): Promise<boolean> {
		if (this.leads) {
			try {
				await this.connect();
				return true;
			} catch {
				return false;
			}
		}
		const {peerId} = this.#target;
		this.#peer.requests.length = 0; // of the time before
		askForCarrier(this.#peer.connection, {peerId, tiers: [this.#tier]});
		try {
			const isAsked = () => this.#peer.requests.some((request) => this.#isTargets(request));
			await waitUntil('a request', isAsked, withinMs);
			return true;
		} catch {
			return false;
		}
	}

	/** Says that this commit is its head. */
	sayHead(commit: Oid, {revision = 1, pack}: {revision?: number; pack?: Buffer} = {}): void {
		const {instance} = this.#peer.person;
		const entry = {peer_id: this.identity.peerId, commit, revision, instance, online: true};
		const message = {type: 'heads' as const, heads: [entry]};
		this.channel?.send(pack ? {...message, pack: pack.toString('base64')} : message);
	}

	/** The target's head, as it says it. */
	async hearHead(): Promise<Oid> {
		return waitUntil('the head of the target', () => {
			for (const message of this.messages) {
				if (message.type !== 'heads') continue;
				const own = message.heads.find(({peer_id: peerId}) => peerId === this.#target.peerId);
				if (own) return own.commit;
			}
			return undefined;
		});
	}

	/** Answers every want with all these objects, in good form, and says the head. Resolves when all has been sent once. */
	async offer(forge: Forge, commit: Oid): Promise<void> {
		return new Promise((resolve) => {
			this.answers = (want, channel) =>
				void deliver(channel, want, forge.sorted())
					.catch(() => undefined)
					.then(resolve);
			this.sayHead(commit);
		});
	}

	leave(): void {
		this.channel?.close('over');
		this.#peer.connection.close('over');
	}

	#nextRequest(): CarrierRequest | undefined {
		const {requests} = this.#peer;
		for (let request = requests.shift(); request; request = requests.shift()) {
			if (request.tier === this.#tier && this.#isTargets(request)) return request;
		}
		return undefined;
	}

	#isTargets({peerId, generation}: CarrierRequest): boolean {
		return peerId === this.#target.peerId && generation > 0;
	}

	async #open({tier, generation}: {tier: TunnelTier; generation: number}): Promise<PeerChannel> {
		const {peerId, keys} = this.#target;
		const entry = this.#peer.connection.peers.find((one) => one.peerId === peerId) ?? {
			peerId,
			publicKey: '',
			instance: '',
		};
		const channel = await openCarrier({
			relay: this.#peer.connection,
			tier,
			peer: entry,
			generation,
			leader: this.leads,
			tiers: [this.#tier],
			identity: this.identity,
			keys,
			hello: helloOf(this.#peer.person.name, [this.#tier]),
			callbacks: {
				message: (from, message) => {
					this.messages.push(message);
					if (message.type === 'use') from.send({type: 'using', generation});
					else if (message.type === 'want') this.answers(message, from);
				},
				bulk: () => undefined,
				objects: () => undefined,
				closed: () => undefined,
			},
		});
		if (this.leads) channel.send({type: 'use', generation});
		this.channel = channel;
		return channel;
	}
}

/** Answers a want as a sound peer would, whatever the objects are. */
export async function deliver(
	channel: PeerChannel,
	{request}: Want,
	objects: readonly Forged[],
): Promise<void> {
	const bytes = objects.reduce((sum, {content}) => sum + content.length, 0);
	channel.send({type: 'plan', request, objects: objects.length, bytes, done_objects: 0, done_bytes: 0});
	if (channel.objects) await deliverChunks(channel, request, objects);
	else await deliverSegments(channel, request, objects);
	channel.send({type: 'end', request});
}

async function deliverSegments(
	channel: PeerChannel,
	request: number,
	objects: readonly Forged[],
): Promise<void> {
	let index = 0;
	for (let at = 0; at < objects.length; at += 4000) {
		await sendSegment(channel, request, index++, objects.slice(at, at + 4000));
	}
}

/** One segment with a true header around whatever pack. */
export async function sendSegment(
	channel: PeerChannel,
	request: number,
	index: number,
	objects: readonly Forged[],
	pack = packOf(objects),
): Promise<void> {
	channel.send({
		type: 'segment',
		request,
		index,
		bytes: pack.length,
		sha256: createHash('sha256').update(pack).digest('hex'),
		objects: objects.length,
		object_bytes: objects.reduce((sum, {content}) => sum + content.length, 0),
		up_to: positionOf(objects.at(-1)!),
	});
	await channel.sendBulk('segment', {request, index}, pack);
}

/** As sound peers do, which do not send a text for each. */
const smallAtOnce = 50;

type Sent = Parameters<NonNullable<PeerChannel['objects']>['send']>[0]['objects'][number];

async function deliverChunks(
	channel: PeerChannel,
	request: number,
	objects: readonly Forged[],
): Promise<void> {
	let chunkIndex = 0;
	const send = async (chunk: readonly Sent[]) =>
		channel.objects!.send({request, chunkIndex: chunkIndex++, totalChunks: 0, objects: chunk});
	let small: Sent[] = [];
	let smallBytes = 0;
	const flush = async () => {
		if (small.length > 0) await send(small);
		[small, smallBytes] = [[], 0];
	};
	for (const {oid, type, content} of objects) {
		const size = content.length;
		if (size <= chunkPieceBytes) {
			if (smallBytes + size > chunkPieceBytes || small.length === smallAtOnce) await flush();
			small.push({oid, type, size, bytes: content});
			smallBytes += size;
			continue;
		}
		await flush();
		const partCount = Math.ceil(size / chunkPieceBytes);
		for (let partIndex = 0; partIndex < partCount; partIndex++) {
			const from = partIndex * chunkPieceBytes;
			const bytes = content.subarray(from, from + chunkPieceBytes);
			await send([{oid, type, size, partIndex, partCount, bytes}]);
		}
	}
	await flush();
}
