/**
 * Eight that send by the json tier under one limit of bytes a second: it is kept, each gets its share, and nobody is told of
 * anything but the limit. `npm run soak -- limits` takes half a minute for it and asks for 5 %; here it is some seconds, on a
 * machine that may be busy with other tests.
 */
import {randomBytes} from 'node:crypto';
import {setTimeout as delay} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {type Relay, startRelay} from '../../relay/start-relay.js';
import {tiers} from '../../source/protocol/tiers.js';
import {openCarrier} from '../../source/transport/open-carrier.js';
import {type PeerCallbacks, type PeerChannel} from '../../source/transport/peer-channel.js';
import {createSecret, deriveSession} from '../../source/transport/session-keys.js';
import {createPerson, helloOf, type Person} from '../transport/support/peers.js';
import {enter, type RelayPeer} from '../transport/support/relay-peers.js';

const isLong = process.env['PULSYNC_TEST_SECONDS'] !== undefined;
const seconds = Number(process.env['PULSYNC_TEST_SECONDS'] ?? 6);
/** What all may send at once at the start, their windows, is paid for in less than 3 s. */
const rate = 4_000_000;
const senders = 8;
/** Of the limit: what may be more, and what may be less. */
const [over, under] = isLong ? [0.05, 0.05] : [0.25, 0.5];
const maxUnfair = isLong ? 0.3 : 0.6;
const chunkBytes = 64 * 1024;

type Way = {readonly channel: PeerChannel; received: number};

const scenes = {
	session: {what: 'a session', limits: {maxBytesPerSecond: rate}, sessions: 1},
	relay: {
		what: 'all together',
		limits: {maxBytesPerSecond: 0, maxTotalBytesPerSecond: rate},
		sessions: senders,
	},
} as const;

for (const [scope, {what, limits, sessions}] of Object.entries(scenes)) {
	test.serial(`${senders} senders on the json tier share the limit of ${what}`, async (t) => {
		t.timeout((seconds + 60) * 1000);
		const relay = await startRelay({port: 0, host: '127.0.0.1', ...limits});
		t.teardown(() => relay.close());
		const peers: RelayPeer[] = [];
		const groups = Array.from({length: sessions}, async () => openSession(relay, senders / sessions, peers));
		const ways = (await Promise.all(groups)).flat();
		const before = relay.counters().bytesIn;
		const startedAt = performance.now();
		let isOver = false;
		const sending = Promise.all(
			ways.map(async ({channel}) => {
				for (let index = 0; !isOver; index++) await sendChunk(channel, index);
			}),
		);
		sending.catch(() => undefined);
		await delay(seconds * 1000);
		const bytes = relay.counters().bytesIn - before;
		const share = bytes / rate / ((performance.now() - startedAt) / 1000);
		const got = ways.map(({received}) => received);
		isOver = true;
		await judge(t, {scope, share, got, relay, peers});
		await sending;
		for (const {connection} of peers) connection.close('over');
	});
}

async function judge(
	t: ExecutionContext,
	seen: {scope: string; share: number; got: readonly number[]; relay: Relay; peers: readonly RelayPeer[]},
): Promise<void> {
	const {scope, share, got, relay, peers} = seen;
	const mean = got.reduce((sum, bytes) => sum + bytes, 0) / got.length;
	const unfair = Math.max(...got.map((bytes) => Math.abs(bytes / mean - 1)));
	t.log(
		`${(share * 100).toFixed(1)} % of the limit; shares differ by ${(unfair * 100).toFixed(0)} % at most`,
	);
	t.true(share < 1 + over && share > 1 - under, `${share} of the limit`);
	t.true(unfair < maxUnfair, `shares of ${got.join(', ')}`);
	t.deepEqual(relay.counters().errors, {});
	t.true(relay.counters().tooSlow === 0);
	const told = peers.flatMap(({messages}) => messages.filter(({type}) => type === 'limited'));
	t.true(told.length > 0 && told.every((message) => 'scope' in message && message.scope === scope));
	t.deepEqual(
		peers.flatMap(({ends}) => ends),
		[],
	);
}

/** One that receives, and so many that have a way to it. */
async function openSession({url}: Relay, count: number, peers: RelayPeer[]): Promise<Way[]> {
	const founder = createPerson('receiver');
	const founderKey = founder.identity.publicKey;
	const keys = deriveSession({secret: createSecret(), founderPublicKey: founderKey});
	const receiver = await enter(url, founder, {keys, founderKey, mode: 'create'});
	peers.push(receiver);
	const ways: Way[] = [];
	for (let index = 0; index < count; index++) {
		const person = createPerson(`sender ${index}`);
		const sender = await enter(url, person, {keys, founderKey, mode: 'join'});
		peers.push(sender);
		const open = async (self: RelayPeer, other: Person, callbacks: PeerCallbacks) =>
			openCarrier({
				relay: self.connection,
				tier: 'json',
				peer: {peerId: other.identity.peerId, publicKey: other.identity.publicKey, instance: other.instance},
				generation: 1,
				leader: self === sender,
				tiers,
				identity: self.person.identity,
				keys,
				hello: helloOf(self.person.name),
				callbacks,
			});
		const way = {received: 0};
		const opened = open(sender, founder, sender.told.callbacks);
		await receiver.requested();
		const atReceiver = await open(receiver, person, {
			...receiver.told.callbacks,
			objects(_, {objects}) {
				for (const {bytes} of objects) way.received += bytes.byteLength;
			},
		});
		const channel = await opened;
		atReceiver.send({type: 'want', request: 1, commit: '0'.repeat(40), have: []});
		await sender.told.until(() => sender.told.messages.some(({type}) => type === 'want'));
		ways.push(Object.assign(way, {channel}));
	}
	return ways;
}

/** A part of the one long answer, of data that does not get smaller by deflating it; resolves when there was credit for it. */
async function sendChunk({objects}: PeerChannel, chunkIndex: number): Promise<void> {
	const oid = chunkIndex.toString(16).padStart(40, '0');
	const object = {oid, type: 'blob', size: chunkBytes, bytes: randomBytes(chunkBytes)} as const;
	await objects?.send({request: 1, chunkIndex, totalChunks: 0, objects: [object]});
}
