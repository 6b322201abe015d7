import {randomBytes} from 'node:crypto';
import test from 'ava';
import {Failure} from '../../source/protocol/failure.js';
import {maxChunkBytes} from '../../source/protocol/limits.js';
import {askForCarrier, refuseCarrier} from '../../source/transport/open-carrier.js';
import {type LaneObject} from '../../source/transport/peer-channel.js';
import {createRateLimiter} from '../../source/transport/rate-limiter.js';
import {type TunnelTier} from '../../source/transport/tunnel-hub.js';
import {openChannels, openEnd, openScene} from './support/relay-peers.js';

const tunnelTiers: readonly TunnelTier[] = ['proxy', 'json'];
const oid = (digit: string) => digit.repeat(40);

for (const tier of tunnelTiers) {
	test(`${tier}: messages and bulk cross a real relay both ways`, async (t) => {
		const scene = await openScene();
		const [one, other] = await openChannels(scene, tier);
		t.is(one.tier, tier);
		t.is(one.hello.name, scene.follower.person.name);
		t.is(other.hello.name, scene.leader.person.name);
		one.send({type: 'activity', paths: ['a/b.txt']});
		const bytes = randomBytes(3_000_000);
		await one.sendBulk('segment', {request: 4, index: 2}, bytes);
		const {told} = scene.follower;
		const arrived = () => told.bulk.reduce((sum, slice) => sum + slice.bytes.byteLength, 0);
		await told.until(() => arrived() === bytes.byteLength);
		t.deepEqual(told.messages, [{type: 'activity', paths: ['a/b.txt']}]);
		t.true(Buffer.concat(told.bulk.map((slice) => slice.bytes)).equals(bytes));
		let offset = 0;
		for (const slice of told.bulk) {
			t.deepEqual(slice.header, {request: 4, index: 2, offset});
			offset += slice.bytes.byteLength;
		}
		other.send({type: 'use', generation: 3});
		await scene.leader.told.until(() => scene.leader.told.messages.length > 0);
		t.true(one.bytesOut > bytes.byteLength);
		t.true(other.bytesIn > bytes.byteLength);
		other.close('done');
		t.deepEqual(await other.closed, {reason: 'done'});
		t.deepEqual(await one.closed, {reason: 'closed_by_peer'});
		t.is(scene.leader.told.ends.length, 1);
		await scene.stop();
	});

	test(`${tier}: a refusal tells the reason and the tiers that the other side allows`, async (t) => {
		const scene = await openScene();
		const opening = openEnd(scene, 'leader', tier, 5);
		const request = await scene.follower.requested();
		t.deepEqual(request, {
			peerId: scene.leader.person.identity.peerId,
			tier,
			generation: 5,
			tiers: ['direct', 'proxy', 'json'],
		});
		refuseCarrier(scene.follower.connection, {...request, reason: 'text_only', tiers: ['json']});
		const failure = await t.throwsAsync(opening, {instanceOf: Failure});
		t.is(failure.code, 'text_only');
		t.is(failure.details.tiers, 'json');
		await scene.stop();
	});

	test(`${tier}: pins that have nothing in common close it, and both sides say so`, async (t) => {
		const scene = await openScene();
		const allowed = tier === 'proxy' ? 'json' : 'proxy';
		const opening = openEnd(scene, 'leader', tier, 5);
		const request = await scene.follower.requested();
		const answering = openEnd(scene, 'follower', request.tier, request.generation, {allowed: [allowed]});
		const failures = await Promise.all([
			t.throwsAsync(opening, {instanceOf: Failure}),
			t.throwsAsync(answering, {instanceOf: Failure}),
		]);
		t.is(failures[1].code, 'pinned');
		t.is(failures[0].code, 'pinned');
		t.is(failures[0].details.tiers ?? allowed, allowed);
		await scene.stop();
	});

	test(`${tier}: a follower asks its leader with generation 0`, async (t) => {
		const scene = await openScene();
		askForCarrier(scene.follower.connection, {
			peerId: scene.leader.person.identity.peerId,
			tiers: [tier],
		});
		t.deepEqual(await scene.leader.requested(), {
			peerId: scene.follower.person.identity.peerId,
			tier,
			generation: 0,
			tiers: [tier],
		});
		await scene.stop();
	});

	test(`${tier}: aborting while it opens rejects with the reason and leaves nothing open`, async (t) => {
		const scene = await openScene();
		const abort = new AbortController();
		const opening = openEnd(scene, 'leader', tier, 5, {signal: abort.signal});
		await scene.follower.requested();
		abort.abort(new Failure('aborted'));
		const failure = await t.throwsAsync(opening, {instanceOf: Failure});
		t.is(failure.code, 'aborted');
		const [one] = await openChannels(scene, tier, 6);
		t.is(one.generation, 6);
		await scene.stop();
	});

	test(`${tier}: a peer that leaves the relay takes its channels with it`, async (t) => {
		const scene = await openScene();
		const [one, other] = await openChannels(scene, tier);
		scene.follower.connection.close('over');
		await one.closed;
		await other.closed;
		t.is(scene.leader.told.ends.length, 1);
		t.is(scene.follower.told.ends.length, 1);
		await t.throwsAsync(one.sendBulk('segment', {request: 1, index: 0}, randomBytes(10)), {
			instanceOf: Failure,
		});
		one.send({type: 'use', generation: 1});
		await scene.stop();
	});

	test(`${tier}: the relay's end closes every channel, and the connection says why`, async (t) => {
		const scene = await openScene();
		const [one, other] = await openChannels(scene, tier);
		const bulk = one
			.sendBulk('segment', {request: 1, index: 0}, randomBytes(20_000_000))
			.catch(() => 'rejected');
		await scene.relay.close();
		await Promise.all([one.closed, other.closed]);
		t.is(await bulk, 'rejected');
		t.is((await scene.leader.ended()).code, 'shutting_down');
		await scene.stop();
	});

	test(`${tier}: two channels of one pair run side by side, as during a switch`, async (t) => {
		const scene = await openScene();
		const [first] = await openChannels(scene, tier, 1);
		const [second] = await openChannels(scene, tier, 2);
		first.send({type: 'use', generation: 2});
		second.send({type: 'using', generation: 2});
		await scene.follower.told.until(() => scene.follower.told.messages.length === 2);
		first.close('switched');
		await first.closed;
		second.send({type: 'using', generation: 2});
		await scene.follower.told.until(() => scene.follower.told.messages.length === 3);
		t.is(scene.follower.told.ends.length, 1);
		await scene.stop();
	});

	test(`${tier}: no byte of a file, name or id is in what the relay receives`, async (t) => {
		const scene = await openScene();
		const [one, other] = await openChannels(scene, tier);
		const canary = 'CANARY-4f1d-of-a-project-file';
		const secretOid = 'c0ffee'.repeat(6) + 'beef';
		const content = Buffer.from(`${canary}\n`.repeat(50) + randomBytes(500).toString('hex'));
		one.send({type: 'activity', paths: [canary]});
		await one.sendBulk('segment', {request: 1, index: 0}, content);
		other.send({type: 'want', request: 9, commit: secretOid, have: [secretOid]});
		await scene.leader.told.until(() => scene.leader.told.messages.length > 0);
		const object: LaneObject = {oid: secretOid, type: 'blob', size: content.byteLength, bytes: content};
		const plain: LaneObject = {oid: oid('1'), type: 'blob', size: canary.length, bytes: Buffer.from(canary)};
		await one.objects?.send({request: 9, chunkIndex: 0, totalChunks: 1, objects: [object, plain]});
		one.send({type: 'end', request: 9});
		await scene.follower.told.until(() => scene.follower.told.messages.some(({type}) => type === 'end'));
		if (tier === 'json') {
			t.deepEqual(scene.follower.told.chunks[0]?.objects[0]?.oid, secretOid);
			t.true(content.equals(scene.follower.told.chunks[0]?.objects[0]?.bytes ?? Buffer.alloc(0)));
		}
		const wire = Buffer.concat(scene.seen);
		const inside = Buffer.concat(
			scene.seen.map((bytes) => {
				const text = bytes.toString('latin1');
				const fields = [...text.matchAll(/"(?:body|data)":"([^"]+)"/g)];
				return Buffer.concat(fields.map((match) => Buffer.from(match[1] ?? '', 'base64')));
			}),
		);
		for (const bytes of [wire, inside]) {
			for (const trace of [
				canary,
				secretOid,
				Buffer.from(secretOid, 'hex'),
				Buffer.from(canary).toString('base64').slice(0, 32),
			]) {
				t.false(bytes.includes(trace), 'the relay could read it');
			}
		}
		t.true(wire.byteLength > content.byteLength / 2);
		await scene.stop();
	});
}

for (const direction of ['up', 'down'] as const) {
	test(`A limit ${direction} slows bulk and lets control through`, async (t) => {
		const scene = await openScene();
		t.teardown(async () => scene.stop());
		const limiter = createRateLimiter({[`${direction}BytesPerSecond`]: 4_000_000});
		const leader = openEnd(scene, 'leader', 'proxy', 1, direction === 'up' ? {limiter} : {});
		await scene.follower.requested();
		const follower = openEnd(scene, 'follower', 'proxy', 1, direction === 'down' ? {limiter} : {});
		const [one] = await Promise.all([leader, follower]);
		const bytes = randomBytes(4_000_000);
		const startedAt = performance.now();
		const sent = one.sendBulk('segment', {request: 1, index: 0}, bytes);
		one.send({type: 'use', generation: 2});
		const {told} = scene.follower;
		const arrived = () => told.bulk.reduce((sum, slice) => sum + slice.bytes.byteLength, 0);
		await told.until(() => told.messages.length === 1);
		t.true(arrived() < bytes.byteLength);
		await sent;
		await told.until(() => arrived() === bytes.byteLength);
		const tookMs = performance.now() - startedAt;
		// Less a burst and, on the way down, a window.
		t.true(tookMs > 200, `4 MB at 4 MB/s took only ${tookMs} ms`);
	});
}

test('A limit up or down holds for objects on tier json, and can be taken away while it holds', async (t) => {
	for (const direction of ['up', 'down'] as const) {
		const scene = await openScene();
		const limiter = createRateLimiter({[`${direction}BytesPerSecond`]: 1_000_000});
		const leader = openEnd(scene, 'leader', 'json', 1, direction === 'up' ? {limiter} : {});
		await scene.follower.requested();
		const follower = openEnd(scene, 'follower', 'json', 1, direction === 'down' ? {limiter} : {});
		const [one, other] = await Promise.all([leader, follower]);
		other.send({type: 'want', request: 2, commit: oid('a'), have: []});
		await scene.leader.told.until(() => scene.leader.told.messages.length > 0);
		const size = 60_000;
		const send = (chunkIndex: number) =>
			one.objects!.send({
				...{request: 2, chunkIndex, totalChunks: 0},
				objects: [{oid: oid('b'), type: 'blob', size, bytes: randomBytes(size)}],
			});
		const startedAt = performance.now();
		for (let chunk = 0; chunk < 15; chunk++) await send(chunk);
		const tookMs = performance.now() - startedAt;
		// 1.2 MB of base64, less a burst and, on the way down, a window.
		t.true(tookMs > 300, `1.2 MB at 1 MB/s ${direction} took only ${tookMs} ms`);
		limiter[direction].set(1);
		const stuck = Promise.all(Array.from({length: 20}, (_, chunk) => send(15 + chunk)));
		limiter[direction].set(undefined);
		await stuck;
		await scene.follower.told.until(() => scene.follower.told.chunks.length === 35);
		await scene.stop();
	}
});

test('json: chunks of objects arrive in order, bounded by what the reader has taken', async (t) => {
	const scene = await openScene();
	const [one, other] = await openChannels(scene, 'json');
	other.send({type: 'want', request: 2, commit: oid('a'), have: []});
	await scene.leader.told.until(() => scene.leader.told.messages.length > 0);
	const bytes = randomBytes(maxChunkBytes);
	const sends = Array.from({length: 12}, (_, chunkIndex) =>
		one.objects!.send({
			request: 2,
			chunkIndex,
			totalChunks: 12,
			objects: [
				{
					oid: oid('b'),
					type: 'blob',
					size: bytes.byteLength * 12,
					partIndex: chunkIndex,
					partCount: 12,
					bytes,
				},
			],
		}),
	);
	one.send({type: 'end', request: 2});
	await Promise.all(sends);
	await scene.follower.told.until(() => scene.follower.told.messages.some(({type}) => type === 'end'));
	t.deepEqual(
		scene.follower.told.chunks.map(({chunkIndex}) => chunkIndex),
		Array.from({length: 12}, (_, index) => index),
	);
	t.true(scene.follower.told.chunks.every(({objects}) => bytes.equals(objects[0]!.bytes)));
	await scene.stop();
});

test('Objects that the relay could have made end the channel, and nobody is accused of them', async (t) => {
	const scene = await openScene();
	const [, follower] = await openChannels(scene, 'json');
	const {hub} = scene.leader.connection;
	hub.send({
		type: 'git_objects_chunk',
		target_peer_id: scene.follower.person.identity.peerId,
		request_id: 1,
		chunk_index: 0,
		total_chunks: 0,
		objects: [
			{
				oid: oid('a'),
				object_type: 'blob',
				size: 40,
				encoding: ['sealed', 'base64'],
				data: randomBytes(80).toString('base64'),
			},
		],
		ext: {generation: 1},
	});
	t.deepEqual(await follower.closed, {reason: 'not_authentic'});
	await scene.stop();
});

test('proxy: a tunnel that ends in the turn in which it was agreed to is over at once', async (t) => {
	const scene = await openScene();
	const {hub} = scene.leader.connection;
	const opening = openEnd(scene, 'leader', 'proxy', 5);
	const {peerId} = scene.follower.person.identity;
	const said = {session_id: scene.keys.sessionId, from_peer_id: peerId, generation: 5};
	hub.receive({type: 'binary_proxy_accepted', ...said, window_bytes: 1000});
	hub.receive({type: 'binary_proxy_closed', ...said, reason: 'peer_left'});
	t.is((await t.throwsAsync(opening, {instanceOf: Failure})).code, 'peer_left');
	await scene.stop();
});

test('json: objects that nobody takes any more are not waited for', async (t) => {
	const scene = await openScene();
	const [one] = await openChannels(scene, 'json');
	const object = {oid: oid('1'), type: 'blob', size: 200_000, bytes: randomBytes(200_000)} as const;
	const sends = Array.from({length: 20}, async (_, chunkIndex) =>
		one.objects?.send({request: 1, chunkIndex, totalChunks: 0, objects: [object]}),
	);
	const ends = Promise.allSettled(sends);
	scene.leader.connection.close('over');
	const statuses = (await ends).map(({status}) => status);
	t.true(statuses.includes('rejected'));
	await scene.stop();
});
