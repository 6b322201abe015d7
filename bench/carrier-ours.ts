/** Ends of bench/carriers.ts that are ours: peer channels over TCP and through the relay. */
import {randomBytes} from 'node:crypto';
import {type Socket} from 'node:net';
import {type Hello} from '../source/protocol/peer-messages.js';
import {tiers} from '../source/protocol/tiers.js';
import {createTcpCarrier} from '../source/transport/direct/tcp-carrier.js';
import {importIdentity, type Identity} from '../source/transport/identity.js';
import {openCarrier} from '../source/transport/open-carrier.js';
import {openPeerChannel} from '../source/transport/open-peer-channel.js';
import {type PeerCallbacks, type PeerChannel} from '../source/transport/peer-channel.js';
import {connectRelay} from '../source/transport/relay-socket.js';
import {deriveSession} from '../source/transport/session-keys.js';
import {beginTransfer, type Task, tell} from './carrier-task.js';

/** As the exchange sends: a segment of 8 MiB at a time, or chunks of objects where objects travel as JSON. */
export async function sendAll(channel: PeerChannel, bytes: number): Promise<void> {
	const {objects} = channel;
	const size = objects ? 256 * 1024 : 8 * 1024 * 1024;
	const block = randomBytes(size);
	const under: Promise<void>[] = [];
	beginTransfer();
	for (let sent = 0, index = 0; sent < bytes; sent += size, index++) {
		const chunk = {request: 1, chunkIndex: index, totalChunks: 0};
		const oid = index.toString(16).padStart(40, '0');
		under.push(
			objects
				? objects.send({...chunk, objects: [{oid, type: 'blob', size, bytes: block}]})
				: channel.sendBulk('segment', {request: 1, index}, block),
		);
		if (under.length > 2) await under.shift();
	}
	await Promise.all(under);
}

/** Counts what arrives and does nothing else. */
export function counting(count: (bytes: number) => void): PeerCallbacks {
	return {
		message: () => undefined,
		bulk: (_channel, _kind, _header, bytes) => count(bytes.byteLength),
		objects: (_channel, {objects}) => {
			for (const {bytes} of objects) count(bytes.byteLength);
		},
		closed: () => undefined,
	};
}

const hello: Hello = {
	type: 'hello',
	name: 'bench',
	role: 'member',
	versions: [1, 1],
	tiers: [...tiers],
	addresses: [],
	relay_urls: [],
	capabilities: [],
};

/** Receiver is the first of the two, and leads. */
function factsOf({keys, role, secret}: Task) {
	const identities = keys.map((key) => importIdentity(key)) as [Identity, Identity];
	const self = role === 'receiver' ? 0 : 1;
	const session = deriveSession({
		secret: Buffer.from(secret, 'hex'),
		founderPublicKey: identities[0].publicKey,
	});
	return {identities, self, other: 1 - self, session};
}

const instances = ['receiver', 'sender'];

/** A channel over a connected socket. */
export async function openTcp(
	task: Task,
	socket: Socket,
	role: 'client' | 'server',
	callbacks: PeerCallbacks,
): Promise<PeerChannel> {
	const {identities, self, other, session} = factsOf(task);
	return openPeerChannel({
		carrier: createTcpCarrier(socket, {route: 'tcp-lan', generation: 1}),
		role,
		psk: session.psk,
		sessionId: session.sessionId,
		identity: identities[self]!,
		instance: instances[self]!,
		peer: {peerId: identities[other]!.peerId, instance: instances[other]!},
		hello,
		callbacks,
	});
}

/** A channel through the relay at the task's URL; the receiver leads. */
export async function openOverRelay(task: Task, callbacks: PeerCallbacks): Promise<PeerChannel> {
	const {identities, self, other, session} = factsOf(task);
	let begin: () => void = () => undefined;
	const begun = new Promise<void>((resolve) => (begin = resolve));
	const relay = await connectRelay({
		url: task.url,
		identity: identities[self]!,
		instance: instances[self]!,
		name: 'bench',
		session: {
			sessionId: session.sessionId,
			admissionToken: session.admissionToken,
			founderKey: identities[0].publicKey,
		},
		mode: self === 0 ? 'create' : 'join',
		callbacks: {
			message: (message) => message.type === 'peer_joined' && begin(),
			carrierRequested: begin,
			closed: () => process.exit(),
		},
	});
	if (task.role === 'receiver') tell({type: 'listening', url: task.url});
	await begun;
	return openCarrier({
		relay,
		tier: task.kind === 'json' ? 'json' : 'proxy',
		peer: {
			peerId: identities[other]!.peerId,
			publicKey: identities[other]!.publicKey,
			instance: instances[other]!,
		},
		generation: 1,
		leader: self === 0,
		tiers,
		identity: identities[self]!,
		keys: session,
		hello,
		callbacks,
	});
}
