import test from 'ava';
import {type RelayLimits, withDefaults} from '../../relay/relay-limits.js';
import {Rooms} from '../../relay/rooms.js';
import {type RelayEffect} from '../../relay/effect.js';
import {encodeFrame} from '../../source/protocol/frame.js';
import {maxDataBytes, startWindowBytes} from '../../source/protocol/limits.js';
import {type ClientMessage, parseClientMessage} from '../../source/protocol/relay-messages.js';

const key = 'k'.repeat(59);
const relayFacts = {
	...{max_frame_bytes: 1, max_text_bytes: 1, max_window_bytes: 1, max_peers: 1, bytes_per_second: 0},
	...{stun: [], turn: [], reflectors: [], observed_ip: '192.0.2.1', observed_port: 1},
};

function name(letter: string, index: number): string {
	return letter.repeat(24) + String.fromCharCode(97 + Math.floor(index / 26), 97 + (index % 26));
}

/** A pair of honest peers in a session of its own: one sends whenever it may, the other grants what it took. */
class Pair {
	readonly sessionId: string;
	readonly ids: readonly [string, string];
	readonly sockets: readonly [number, number];
	credit = startWindowBytes;
	received = 0;
	readonly errors: string[] = [];
	#counter = 0;
	#taken = 0;

	constructor(
		readonly rooms: Rooms,
		index: number,
		readonly carryOut: (effects: readonly RelayEffect[], now: number) => void,
		accountsOf: (rooms: Rooms) => Parameters<Rooms['enter']>[0]['member']['accounts'] = () => [],
	) {
		this.sessionId = name('s', index);
		this.ids = [name('a', index), name('b', index)];
		this.sockets = [2 * index + 1, 2 * index + 2];
		for (const [at, socket] of this.sockets.entries()) {
			const peerId = this.ids[at] ?? '';
			const member = {socket, peerId, publicKey: key, name: 'x', instance: 'i'};
			const session = {sessionId: this.sessionId, founderKey: key, admissionHash: new Uint8Array(32)};
			const place = {...session, comeBackMs: 0};
			rooms.enter({...place, member: {...member, accounts: accountsOf(rooms)}, facts: relayFacts}, 0);
		}

		const ask = {generation: 1, window_bytes: startWindowBytes};
		this.say(0, {type: 'request_binary_proxy', ...ask}, 0);
		this.say(1, {type: 'binary_proxy_accepted', ...ask}, 0);
	}

	say(from: 0 | 1, fields: Record<string, unknown>, now: number, bytes = 100): void {
		const [peer_id, target_peer_id] = from === 0 ? this.ids : [this.ids[1], this.ids[0]];
		const parsed = parseClientMessage(
			JSON.stringify({session_id: this.sessionId, peer_id, target_peer_id, ...fields}),
		);
		if (!parsed.ok) throw new Error(parsed.message);
		const message: ClientMessage = parsed.message;
		this.carryOut(this.rooms.receive(this.sockets[from], message, bytes, now), now);
	}

	send(now: number): void {
		while (this.credit >= maxDataBytes) {
			this.credit -= maxDataBytes;
			const sequence = {generation: 1, counter: this.#counter++};
			const data = new Uint8Array(maxDataBytes);
			const bytes = encodeFrame({sessionId: this.sessionId, peerId: this.ids[1], sequence, data});
			this.carryOut(this.rooms.receiveFrame(this.sockets[0], bytes, now), now);
		}
	}

	/** What it took goes back as credit, in pieces of this size: after all that has come by now. */
	grant(pieceBytes: number, now: number): void {
		for (; this.#taken >= pieceBytes; this.#taken -= pieceBytes) {
			this.say(1, {type: 'binary_proxy_credit', generation: 1, bytes: pieceBytes}, now);
		}
	}

	take(effect: RelayEffect): void {
		if (effect.type === 'send-frame' && effect.to === this.sockets[1]) {
			this.received += effect.bytes.length;
			this.#taken += maxDataBytes;
		} else if (effect.type === 'send' && effect.to === this.sockets[0]) {
			if (effect.message.type === 'binary_proxy_credit') this.credit += effect.message.bytes;
			if (effect.message.type === 'error') this.errors.push(effect.message.code);
		}
	}
}

/** What so many pairs got through in this time, each as fast as it is let. */
function run(
	limits: RelayLimits,
	pairCount: number,
	seconds: number,
	{
		accountsOf,
		pieceBytes = maxDataBytes,
	}: {accountsOf?: ConstructorParameters<typeof Pair>[3]; pieceBytes?: number} = {},
): {pairs: readonly Pair[]; bytes: number} {
	const rooms = new Rooms(limits, 0);
	const pairs: Pair[] = [];
	const carryOut = (effects: readonly RelayEffect[]) => {
		for (const effect of effects) for (const pair of pairs) pair.take(effect);
	};

	for (let index = 0; index < pairCount; index++) pairs.push(new Pair(rooms, index, carryOut, accountsOf));
	for (let now = 0; now <= seconds * 1000; now += 5) {
		carryOut(rooms.release(now));
		for (const pair of pairs) pair.send(now);
		for (const pair of pairs) pair.grant(pieceBytes, now);
	}

	return {pairs, bytes: pairs.reduce((sum, {received}) => sum + received, 0)};
}

const rate = 1_000_000;

test('a limit of 1 MB/s for a session holds within 5 % over 30 s, and nobody gets an error', (t) => {
	const {pairs, bytes} = run(withDefaults({bytesPerSecond: {session: rate}}), 1, 30);
	t.true(Math.abs(bytes / (30 * rate) - 1) < 0.05, `${bytes}`);
	t.deepEqual(pairs[0]?.errors, []);
});

test('the same for all together, however many send, and each gets its share', (t) => {
	const {pairs, bytes} = run(withDefaults({bytesPerSecond: {relay: rate}}), 16, 30);
	t.true(Math.abs(bytes / (30 * rate) - 1) < 0.05, `${bytes}`);
	for (const {received, errors} of pairs) {
		t.true(Math.abs(received / (bytes / 16) - 1) < 0.3, `${received} of ${bytes}`);
		t.deepEqual(errors, []);
	}
});

test('the same where credit comes in large pieces, after all that it is for', (t) => {
	for (const count of [1, 4, 8, 16]) {
		const limits = withDefaults({bytesPerSecond: {relay: rate}});
		const {pairs, bytes} = run(limits, count, 30, {pieceBytes: 4 * maxDataBytes});
		t.true(Math.abs(bytes / (30 * rate) - 1) < 0.05, `${count} pairs: ${bytes}`);
		for (const {received} of pairs) t.true(Math.abs(received / (bytes / count) - 1) < 0.3, `${received}`);
	}
});

for (const scope of ['connection', 'address'] as const) {
	test(`the same for one ${scope}`, (t) => {
		const {bytes} = run(withDefaults({bytesPerSecond: {[scope]: rate}}), 1, 30, {
			accountsOf: (rooms) => [rooms.newAccount(scope, 0)],
		});
		t.true(Math.abs(bytes / (30 * rate) - 1) < 0.05, `${bytes}`);
	});
}

test('credit that is held back does not count, so two who agree on it outside cannot send more', (t) => {
	const effects: RelayEffect[] = [];
	const rooms = new Rooms(withDefaults({bytesPerSecond: {session: 1000}}), 0);
	const pair = new Pair(rooms, 0, (more) => effects.push(...more));
	pair.send(0);
	pair.say(1, {type: 'binary_proxy_credit', generation: 1, bytes: maxDataBytes}, 1);
	pair.credit = maxDataBytes;
	effects.length = 0;
	pair.send(2);
	const closed = effects.filter(
		(effect) => effect.type === 'send' && effect.message.type === 'binary_proxy_closed',
	);
	t.like(closed[0], {message: {reason: 'credit_exceeded'}});
});

test('a limit that is raised holds at once, for what waits as well', (t) => {
	const rooms = new Rooms(withDefaults({bytesPerSecond: {session: 1000}}), 0);
	const account = rooms.newAccount('session', 0);
	account.spend(8_000_000, 0);
	account.reserve(8_000_000, 0);
	t.true(account.dueAt(0) > 7_000_000);
	rooms.limits = withDefaults({bytesPerSecond: {session: 8_000_000}});
	t.true(account.dueAt(0) <= 1000, String(account.dueAt(0)));
});

test('what is held back of a member goes with it', (t) => {
	const effects: RelayEffect[] = [];
	const rooms = new Rooms(withDefaults({bytesPerSecond: {session: 1000}}), 0);
	const pair = new Pair(rooms, 0, (more) => effects.push(...more));
	pair.send(0);
	effects.length = 0;
	pair.say(1, {type: 'git_objects_ack', request_id: 1, bytes: 1}, 1);
	t.deepEqual(
		effects.map(({type}) => type),
		['limited', 'wake'],
	);
	rooms.leave(pair.sockets[1], 'left', 2);
	t.deepEqual(rooms.release(1e9), []);
});

test('json data far above a limit is refused and says when to try again', (t) => {
	const effects: RelayEffect[] = [];
	const rooms = new Rooms(withDefaults({bytesPerSecond: {session: 1000}}), 0);
	const pair = new Pair(rooms, 0, (more) => effects.push(...more));
	const data = {type: 'peer_message', channel: '1', sequence: 0, body: ''};
	for (let index = 0; index < 70; index++) pair.say(0, data, 0, 1024 * 1024);
	const refused = effects.filter((effect) => effect.type === 'send' && effect.message.type === 'error');
	t.like(refused[0], {message: {code: 'rate_limited', in_reply_to: 'peer_message', retry_after_ms: 1000}});
	t.true(refused.length >= 4 && refused.length <= 7, String(refused.length));
});

test('the bytes of a day end tunnels until the day is over, and only introductions go on', (t) => {
	const effects: RelayEffect[] = [];
	const rooms = new Rooms(withDefaults({bytesPerDay: {session: 500_000}}), 0);
	const pair = new Pair(rooms, 0, (more) => effects.push(...more));
	pair.send(1000);
	const texts = effects.flatMap((effect) => (effect.type === 'send' ? [effect.message] : []));
	const refusal = texts.find((message) => message.type === 'error');
	t.like(refusal, {code: 'rate_limited', retry_after_ms: 24 * 60 * 60 * 1000 - 1000});
	t.is(texts.filter((message) => message.type === 'binary_proxy_closed').length > 0, true);
	effects.length = 0;
	pair.say(0, {type: 'request_binary_proxy', generation: 2, window_bytes: 1}, 2000);
	t.like(effects[0], {message: {code: 'rate_limited', in_reply_to: 'request_binary_proxy'}});
	pair.say(0, {type: 'p2p_connection_request'}, 2000);
	t.like(effects.at(-1), {message: {type: 'p2p_connection_request'}});
	const credit = {type: 'peer_message', channel: '1.credit', sequence: 0, body: 'AAAAAAAAAAA='};
	pair.say(0, credit, 2000);
	t.like(effects.at(-1), {message: {type: 'peer_message'}}, 'credit is no data');
	for (const data of [
		{...credit, body: 'A'.repeat(16)},
		{...credit, ext: {data: 'A'}},
	]) {
		pair.say(0, data, 2000);
		t.like(
			effects.filter(({type}) => type === 'send').at(-1),
			{message: {code: 'rate_limited', in_reply_to: 'peer_message'}},
			'data is data, whatever its channel is called',
		);
	}
	effects.length = 0;
	pair.say(0, {type: 'request_binary_proxy', generation: 2, window_bytes: 1}, 24 * 60 * 60 * 1000 + 1);
	t.like(effects[0], {message: {type: 'request_binary_proxy'}});
});
