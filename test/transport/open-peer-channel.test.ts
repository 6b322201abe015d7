/** Who gets in and who does not; what an open channel keeps to. Over memory carriers: the others are the contract's. */
import {randomBytes} from 'node:crypto';
import {setImmediate as turn} from 'node:timers/promises';
import test from 'ava';
import {Failure} from '../../source/protocol/failure.js';
import {decodeControl, encodeControlFrame, FrameSplitter} from '../../source/protocol/peer-frames.js';
import {
	maxInlinePackBytes,
	maxPeerFrameBytes,
	type PeerMessage,
} from '../../source/protocol/peer-messages.js';
import {makeAuth} from '../../source/transport/authenticate.js';
import {type Carrier} from '../../source/transport/carrier.js';
import {openPeerChannel, type PeerChannelOptions} from '../../source/transport/open-peer-channel.js';
import {createMemoryCarriers} from '../../source/transport/memory-carrier.js';
import {createRateLimiter} from '../../source/transport/rate-limiter.js';
import {openSecureChannel} from '../../source/transport/secure-channel.js';
import {closed, openCarrierPair} from './support/carrier-pairs.js';
import {createPair, createPerson, helloOf, listen, type Person, type Told} from './support/peers.js';

const psk = Buffer.alloc(32, 9);
const sessionId = 's'.repeat(26);

type End = {person: Person; told: Told; options: PeerChannelOptions};

function createEnds(
	overrides: {one?: Partial<PeerChannelOptions>; other?: Partial<PeerChannelOptions>} = {},
): {
	one: End;
	other: End;
	pair: [Carrier, Carrier];
} {
	const {pair} = openCarrierPair('memory');
	const people = createPair();
	const make = (own: 0 | 1, changes: Partial<PeerChannelOptions> = {}): End => {
		const told = listen();
		const person = people[own];
		const peer = people[own === 0 ? 1 : 0];
		return {
			person,
			told,
			options: {
				carrier: pair[own],
				role: own === 0 ? 'client' : 'server',
				psk,
				sessionId,
				identity: person.identity,
				instance: person.instance,
				peer: {peerId: peer.identity.peerId, instance: peer.instance},
				hello: helloOf(person.name),
				callbacks: told.callbacks,
				...changes,
			},
		};
	};
	return {one: make(0, overrides.one), other: make(1, overrides.other), pair};
}

async function openBoth(overrides?: Parameters<typeof createEnds>[0]) {
	const {one, other, pair} = createEnds(overrides);
	const [atOne, atOther] = await Promise.all([openPeerChannel(one.options), openPeerChannel(other.options)]);
	return {one, other, pair, atOne, atOther};
}

const outcome = async (opening: Promise<unknown>): Promise<Failure | undefined> => {
	try {
		await opening;
		return undefined;
	} catch (error) {
		if (error instanceof Failure) return error;
		throw error;
	}
};

/** A member of the session who is somebody else, or lies: TLS with the right key, then whatever the test sends. */
async function intrude(
	carrier: Carrier,
	send: (secure: Awaited<ReturnType<typeof openSecureChannel>>) => PeerMessage[],
) {
	const secure = await openSecureChannel({
		carrier,
		role: 'server',
		psk,
		signal: new AbortController().signal,
	});
	secure.stream.resume();
	for (const message of send(secure)) secure.stream.write(encodeControlFrame(message)!);
	return secure;
}

test('Two members of a session open a channel and know each other', async (t) => {
	const {one, other, atOne, atOther, pair} = await openBoth();
	t.is(atOne.peerId, other.person.identity.peerId);
	t.is(atOther.hello.name, one.person.name);
	atOne.close('done');
	await Promise.all(pair.map(closed));
});

test('Without the session’s secret nobody gets in, and both sides call it hostile', async (t) => {
	const {one, other, pair} = createEnds({other: {psk: Buffer.alloc(32, 8)}});
	const failures = await Promise.all([
		outcome(openPeerChannel(one.options)),
		outcome(openPeerChannel(other.options)),
	]);
	for (const failure of failures) t.like(failure, {code: 'not_authentic', severity: 'hostile'});
	await Promise.all(pair.map(closed));
});

test('Another member cannot take a peer’s place with its own key', async (t) => {
	const {one, pair} = createEnds();
	const mallory = createPerson('Mallory');
	const opening = outcome(openPeerChannel(one.options));
	await intrude(pair[1], (secure) => [
		makeAuth(secure, mallory.identity, one.person.identity.peerId, {sessionId, generation: 1, instance: 'x'}),
		helloOf('Bob'),
	]);
	t.like(await opening, {code: 'not_authentic', severity: 'hostile'});
	t.deepEqual(one.told.ends, []);
	await Promise.all(pair.map(closed));
});

test('A signature from another channel is worth nothing on this one', async (t) => {
	const {one, other, pair} = createEnds();
	// Bob signs honestly on a first channel, to whoever holds its other end.
	const first = openCarrierPair('memory').pair;
	const [toBob, bobs] = await Promise.all([
		openSecureChannel({carrier: first[0], role: 'client', psk, signal: new AbortController().signal}),
		openSecureChannel({carrier: first[1], role: 'server', psk, signal: new AbortController().signal}),
	]);
	const facts = {sessionId, generation: 1, instance: other.person.instance};
	const captured = makeAuth(bobs, other.person.identity, one.person.identity.peerId, facts);
	const opening = outcome(openPeerChannel(one.options));
	await intrude(pair[1], () => [captured, helloOf('Bob')]);
	t.like(await opening, {code: 'not_authentic', severity: 'hostile'});
	toBob.stream.destroy();
	await Promise.all([...pair, ...first].map(closed));
});

const facts: ReadonlyArray<{
	title: string;
	change: (facts: {sessionId: string; generation: number; instance: string}) => object;
}> = [
	{title: 'another session', change: () => ({sessionId: 'x'.repeat(26)})},
	{title: 'another generation', change: () => ({generation: 2})},
	{title: 'another instance', change: () => ({instance: 'earlier'})},
];

for (const {title, change} of facts) {
	test(`A signature for ${title} is refused`, async (t) => {
		const {one, other, pair} = createEnds();
		const opening = outcome(openPeerChannel(one.options));
		const right = {sessionId, generation: 1, instance: other.person.instance};
		await intrude(pair[1], (secure) => [
			makeAuth(secure, other.person.identity, one.person.identity.peerId, {...right, ...change(right)}),
			helloOf('Bob'),
		]);
		t.like(await opening, {code: 'not_authentic', severity: 'hostile'});
		await Promise.all(pair.map(closed));
	});
}

test('One’s own signature, sent back, is refused', async (t) => {
	const {one, pair} = createEnds();
	const opening = outcome(openPeerChannel(one.options));
	const secure = await openSecureChannel({
		carrier: pair[1],
		role: 'server',
		psk,
		signal: new AbortController().signal,
	});
	secure.stream.on('data', (chunk: Buffer) => secure.stream.write(chunk));
	t.like(await opening, {code: 'not_authentic', severity: 'hostile'});
	await Promise.all(pair.map(closed));
});

const early: ReadonlyArray<{title: string; bytes: () => Uint8Array}> = [
	{title: 'a message before auth', bytes: () => encodeControlFrame({type: 'ping', id: 1})!},
	{title: 'a frame above 1 KiB before hello', bytes: () => Buffer.from('0000040101', 'hex')},
	{title: 'no frame at all', bytes: () => Buffer.from('GET / HTTP/1.1\r\n\r\n')},
];

for (const {title, bytes} of early) {
	test(`Who sends ${title} is closed as hostile`, async (t) => {
		const {one, pair} = createEnds();
		const opening = outcome(openPeerChannel(one.options));
		const secure = await intrude(pair[1], () => []);
		secure.stream.write(bytes());
		const failure = await opening;
		t.is(failure?.severity, 'hostile');
		t.deepEqual(one.told.messages, []);
		await Promise.all(pair.map(closed));
	});
}

test('Versions that do not meet are named with both ranges', async (t) => {
	const {one, other} = createEnds({other: {hello: {...helloOf('Bob'), versions: [2, 3]}}});
	const failures = await Promise.all([
		outcome(openPeerChannel(one.options)),
		outcome(openPeerChannel(other.options)),
	]);
	for (const failure of failures) t.is(failure?.code, 'unsupported_version');
	// Whoever sees it first says so and closes; the other may learn the code alone.
	t.true(failures.some((failure) => failure?.details.ours !== undefined && failure.severity === 'fatal'));
});

test('Aborting in the middle of the handshake rejects with the reason and closes both ends', async (t) => {
	for (let turns = 0; turns < 12; turns++) {
		const abort = new AbortController();
		const {one, other, pair} = createEnds({one: {signal: abort.signal}});
		const openings = [outcome(openPeerChannel(one.options)), outcome(openPeerChannel(other.options))];
		for (let passed = 0; passed < turns; passed++) await turn();
		abort.abort(new Failure('aborted'));
		for (const carrier of pair) carrier.destroy();
		const [failure] = await Promise.all(openings);
		t.true(failure === undefined || failure.code === 'aborted', failure?.code);
		await Promise.all(pair.map(closed));
	}
});

test('A carrier that dies in the middle of the handshake ends both sides as lost, not as hostile', async (t) => {
	for (let turns = 0; turns < 12; turns++) {
		const {one, other, pair} = createEnds();
		const openings = [outcome(openPeerChannel(one.options)), outcome(openPeerChannel(other.options))];
		for (let passed = 0; passed < turns; passed++) await turn();
		pair[turns % 2]?.destroy();
		for (const failure of await Promise.all(openings)) t.not(failure?.severity, 'hostile');
		await Promise.all(pair.map(closed));
	}
});

test('Nothing is told before the caller has the channel, then all of it in order', async (t) => {
	const {one, other} = createEnds();
	const opening = openPeerChannel(one.options);
	const atOther = await openPeerChannel(other.options);
	for (let id = 1; id <= 5; id++) atOther.send({type: 'use', generation: id});
	t.deepEqual(one.told.messages, []);
	const atOne = await opening;
	await one.told.until(() => one.told.messages.length === 5);
	t.deepEqual(
		one.told.messages.map((message) => (message.type === 'use' ? message.generation : 0)),
		[1, 2, 3, 4, 5],
	);
	atOne.close('done');
	await atOther.closed;
});

test('Control messages overtake bulk', async (t) => {
	const {one, other, atOne} = await openBoth();
	const bytes = randomBytes(8_000_000);
	const sent = atOne.sendBulk('segment', {request: 1, index: 0}, bytes);
	atOne.send({type: 'use', generation: 9});
	await other.told.until(() => other.told.messages.length === 1);
	const before = other.told.bulk.reduce((sum, slice) => sum + slice.bytes.byteLength, 0);
	t.true(before < 1_000_000, `${before} bytes of bulk came first`);
	await sent;
	await atOne.drain();
	await other.told.until(
		() => other.told.bulk.reduce((sum, slice) => sum + slice.bytes.byteLength, 0) === bytes.byteLength,
	);
	t.deepEqual(one.told.ends, []);
	atOne.close('done');
	await other.told.until(() => other.told.ends.length > 0);
});

test('Whoever sends bulk hears how much of it the carrier took', async (t) => {
	const {other, atOne} = await openBoth();
	const bytes = randomBytes(2_000_000);
	const taken: number[] = [];
	await atOne.sendBulk('segment', {request: 1, index: 0}, bytes, (sent) => taken.push(sent));
	t.true(taken.length > 3);
	t.deepEqual(
		taken,
		[...new Set(taken)].sort((one, two) => one - two),
	);
	t.true(taken.every((sent) => sent > 0 && sent < bytes.byteLength));
	atOne.close('done');
	await other.told.until(() => other.told.ends.length > 0);
});

function nameOf({kind, header}: Told['bulk'][number]): string {
	return `${kind} ${header.index}`;
}

test('Several bulks and an offset arrive as they were given', async (t) => {
	const {other, atOne} = await openBoth();
	const parts = [randomBytes(100_000), randomBytes(0), randomBytes(61_440)];
	await Promise.all([
		atOne.sendBulk('segment', {request: 1, index: 0}, parts[0]!),
		atOne.sendBulk('segment', {request: 1, index: 1}, parts[1]!),
		atOne.sendBulk('part', {request: 2, index: 0, offset: 2 ** 33}, parts[2]!),
	]);
	const arrived = (name: string) => other.told.bulk.filter((slice) => nameOf(slice) === name);
	const bytesOf = (name: string) => Buffer.concat(arrived(name).map(({bytes}) => bytes));
	await other.told.until(() => bytesOf('part 0').byteLength === parts[2]!.byteLength);
	t.deepEqual([...new Set(other.told.bulk.map(nameOf))], ['segment 0', 'segment 1', 'part 0']);
	for (const [at, name, start] of [
		[0, 'segment 0', 0],
		[1, 'segment 1', 0],
		[2, 'part 0', 2 ** 33],
	] as const) {
		t.true(bytesOf(name).equals(parts[at]!), name);
		let place: number = start;
		for (const {header, bytes} of arrived(name)) {
			t.is(header.offset, place);
			place += bytes.byteLength;
		}
	}
	atOne.close('done');
	await other.told.until(() => other.told.ends.length > 0);
});

test('Closing rejects what waits, tells both sides once, and swallows what is sent afterwards', async (t) => {
	const {one, other, atOne, atOther} = await openBoth();
	const waiting = outcome(atOne.sendBulk('segment', {request: 1, index: 0}, randomBytes(50_000_000)));
	atOne.close('paused');
	atOne.close('again');
	t.is((await waiting)?.code, 'paused');
	atOne.send({type: 'use', generation: 1});
	t.is((await outcome(atOne.sendBulk('part', {request: 1, index: 0}, randomBytes(1))))?.code, 'paused');
	await atOne.drain();
	await Promise.all([atOne.closed, atOther.closed]);
	t.deepEqual(one.told.ends, [{reason: 'paused'}]);
	t.is(other.told.ends.length, 1);
});

test('An unknown type is ignored and counted; too much nonsense closes as hostile', async (t) => {
	const {one, other, pair} = createEnds();
	const opening = openPeerChannel(one.options);
	const {stream} = await intrude(pair[1], (secure) => [
		makeAuth(secure, other.person.identity, one.person.identity.peerId, {
			sessionId,
			generation: 1,
			instance: other.person.instance,
		}),
		helloOf('Bob'),
	]);
	const channel = await opening;
	const frame = (json: string) => {
		const header = Buffer.alloc(5);
		header.writeUInt32BE(json.length + 1);
		header.writeUInt8(1, 4);
		return Buffer.concat([header, Buffer.from(json)]);
	};
	stream.write(frame('{"type":"telepathy"}'));
	stream.write(encodeControlFrame({type: 'use', generation: 4})!);
	await one.told.until(() => one.told.messages.length === 1);
	t.is(channel.droppedFrames, 1);
	for (let count = 0; count < 200; count++) stream.write(frame('{"type":"use"}'));
	t.deepEqual(await channel.closed, {reason: 'bad_message', hostile: true});
	await Promise.all(pair.map(closed));
});

test('A pong answers each ping, and gives the round trip', async (t) => {
	const {one, other, pair} = createEnds();
	const opening = openPeerChannel(one.options);
	const secure = await openSecureChannel({
		carrier: pair[1],
		role: 'server',
		psk,
		signal: new AbortController().signal,
	});
	const pongs: number[] = [];
	const take = (body: Uint8Array) => {
		const parsed = decodeControl(body);
		if (!parsed.ok) return;
		if (parsed.message.type === 'pong') pongs.push(parsed.message.id);
		if (parsed.message.type === 'ping')
			secure.stream.write(encodeControlFrame({type: 'pong', id: parsed.message.id})!);
	};
	const splitter = new FrameSplitter(maxPeerFrameBytes, {
		frame: (_kind, body) => take(body),
		bulk: () => undefined,
	});
	secure.stream.on('data', (chunk: Buffer) => splitter.push(chunk));
	const own = {sessionId, generation: 1, instance: other.person.instance};
	secure.stream.write(
		encodeControlFrame(makeAuth(secure, other.person.identity, one.person.identity.peerId, own))!,
	);
	secure.stream.write(encodeControlFrame(helloOf('Bob'))!);
	const channel = await opening;
	secure.stream.write(encodeControlFrame({type: 'ping', id: 77})!);
	secure.stream.write(encodeControlFrame({type: 'use', generation: 1})!);
	await one.told.until(() => one.told.messages.length === 1);
	const deadline = performance.now() + 20_000;
	while ((channel.rttMs === undefined || pongs.length === 0) && performance.now() < deadline) await turn();
	t.true((channel.rttMs ?? -1) >= 0);
	channel.close('done');
	await Promise.all(pair.map(closed));
	t.deepEqual(pongs, [77]);
});

test('The fullest heads fit into a frame; a message above one goes without what it can go without', async (t) => {
	const {other, atOne} = await openBoth();
	const oid = 'a'.repeat(40);
	const head = {
		peer_id: 'a'.repeat(26),
		commit: oid,
		revision: 2 ** 52,
		instance: 'x'.repeat(64),
		online: false,
	};
	const heads = Array.from({length: 64}, () => head);
	const pack = Buffer.alloc(maxInlinePackBytes).toString('base64');
	atOne.send({type: 'heads', heads, pack, tree: oid});
	atOne.send({type: 'activity', paths: Array.from({length: 32}, () => 'x'.repeat(4000))});
	await other.told.until(() => other.told.messages.length === 2);
	const [first, second] = other.told.messages;
	t.is(first?.type === 'heads' ? first.pack : '', pack);
	t.is(second?.type === 'activity' ? second.paths.length : 0, 16);
	const commits = Array.from({length: 1024}, () => [oid, oid]);
	t.throws(() => atOne.send({type: 'graph', request: 1, commits, last: true}), {instanceOf: RangeError});
	atOne.close('done');
	await other.told.until(() => other.told.ends.length > 0);
});

test('A channel that ends while its caller gets it is told as closed, after the caller has it', async (t) => {
	const {one, other} = createEnds();
	const order: string[] = [];
	const opening = openPeerChannel({
		...one.options,
		callbacks: {...one.told.callbacks, closed: () => order.push('closed')},
	});
	const atOther = await openPeerChannel(other.options);
	atOther.close('done');
	const atOne = await opening;
	order.push('opened');
	await atOne.closed;
	for (let turns = 0; turns < 5; turns++) await turn();
	t.deepEqual(order, ['opened', 'closed']);
});

test('A direct carrier is read no faster than the limit down', async (t) => {
	const [carrier, otherCarrier] = createMemoryCarriers({tier: 'direct'});
	const limiter = createRateLimiter({downBytesPerSecond: 4_000_000});
	const {atOne, atOther, other} = await openBoth({
		one: {carrier},
		other: {carrier: otherCarrier, limiter},
	});
	const bytes = randomBytes(3_000_000);
	const startedAt = performance.now();
	await atOne.sendBulk('segment', {request: 1, index: 0}, bytes);
	await other.told.until(
		() => other.told.bulk.reduce((sum, slice) => sum + slice.bytes.byteLength, 0) === bytes.byteLength,
	);
	const tookMs = performance.now() - startedAt;
	t.true(tookMs > 400, `3 MB at 4 MB/s took only ${tookMs} ms`);
	atOne.close('done');
	await atOther.closed;
});
