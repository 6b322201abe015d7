/** What a relay sees, and what it makes of those who do not play by its rules. */
import {createHash, randomBytes} from 'node:crypto';
import {readFileSync, writeFileSync} from 'node:fs';
import path from 'node:path';
import test from 'ava';
import WebSocket from 'ws';
import {startRelay} from '../../relay/start-relay.js';
import {compareTrees} from '../helpers/compare-trees.js';
import {Lab, settle} from '../helpers/peer-process.js';
import {makeProject, smallSize} from '../helpers/sample-project.js';
import {waitUntil} from '../helpers/wait.js';
import {scrape, valueIn} from '../relay/scrape.js';

/** A text in the ways it could be hidden without being sealed. */
function disguises(text: string): Buffer[] {
	const shifted = [0, 1, 2].map((count) =>
		Buffer.from(' '.repeat(count) + text)
			.toString('base64')
			.slice(4, -4),
	);
	return [
		Buffer.from(text),
		Buffer.from(Buffer.from(text).toString('hex')),
		...shifted.map((part) => Buffer.from(part)),
	];
}

for (const tier of ['proxy', 'json'] as const) {
	test.serial(
		`no byte that the relay receives or sends over ${tier} shows what is in a file, or its name`,
		async (t) => {
			const lab = new Lab(t);
			const seen: Buffer[] = [];
			const relay = await startRelay({
				host: '127.0.0.1',
				port: 0,
				tap: (_, bytes) => seen.push(Buffer.from(bytes)),
			});
			t.teardown(() => relay.close());
			const canary = `canary-${randomBytes(12).toString('hex')}`;
			const name = `name-${randomBytes(12).toString('hex')}.txt`;
			writeFileSync(path.join(lab.path('ada'), name), `${canary}\n`.repeat(20));
			const flags = ['--relay-url', relay.url, '--tier', tier];
			const ada = await lab.host('ada', flags);
			const bob = await lab.join('bob', ada.invite, ['--tier', tier]);
			await settle([ada, bob]);
			writeFileSync(path.join(bob.folder, name), `${canary} edited\n`.repeat(20));
			await settle([ada, bob]);
			t.is(readFileSync(path.join(ada.folder, name), 'utf8'), `${canary} edited\n`.repeat(20));

			const all = Buffer.concat(seen);
			t.true(all.length > 2000, 'the tap sees the traffic');
			const blob = Buffer.from(`${canary}\n`.repeat(20));
			const oid = createHash('sha1').update(`blob ${blob.length}\0`).update(blob).digest();
			const secret = ada.invite.split('/')[2]!;
			for (const hidden of [
				...disguises(canary),
				...disguises(name),
				...disguises(secret),
				oid,
				Buffer.from(oid.toString('hex')),
			]) {
				t.is(all.indexOf(hidden), -1, hidden.toString('latin1'));
			}
		},
	);
}

test.serial('a client that breaks every rule gets errors, and the session beside it goes on', async (t) => {
	const lab = new Lab(t);
	const relay = await lab.relay();
	makeProject(lab.path('ada'), smallSize);
	const ada = await lab.host('ada', ['--relay-url', relay.url]);
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	const {session_id: sessionId, peer_id: peerId} = await ada.status();

	const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`;
	const texts = [
		'nonsense',
		'',
		'null',
		'[]',
		'42',
		'{}',
		'{"type":7}',
		'{"type":"fly"}',
		deep,
		'{"type":"join_session"}',
		JSON.stringify({
			type: 'join_session',
			session_id: sessionId,
			peer_id: peerId,
			public_key: '!!',
			proof: '%%',
			name: 'x',
			instance: 'x',
			protocol_version: 1,
			admission_token: 'AAAA',
		}),
		JSON.stringify({type: 'create_session', session_id: 7, peer_id: [], protocol_version: 'one'}),
		JSON.stringify({
			type: 'peer_message',
			session_id: sessionId,
			peer_id: peerId,
			target_peer_id: peerId,
			channel: 1,
			sequence: 0,
			body: '***',
		}),
		JSON.stringify({
			type: 'git_objects_chunk',
			session_id: sessionId,
			peer_id: peerId,
			target_peer_id: peerId,
		}),
		JSON.stringify({type: 'leave_session', session_id: sessionId, peer_id: peerId}),
	];
	const frames: (string | Buffer)[] = [
		...texts,
		Buffer.alloc(0),
		Buffer.alloc(200, 255),
		randomBytes(1000),
		Buffer.alloc(10 * 1024 * 1024),
		'x'.repeat(10 * 1024 * 1024),
	];
	for (const frame of frames) {
		const {answers, closed} = await provoke(relay.url, frame);
		const codes = answers.filter(({type}) => type === 'error').map(({code}) => code);
		t.true(codes.length > 0 || closed, `no answer to ${frame.toString().slice(0, 60)}`);
	}

	writeFileSync(path.join(bob.folder, 'after.txt'), 'still here\n');
	await settle([ada, bob]);
	t.deepEqual(compareTrees(ada.folder, bob.folder), []);
	t.false(relay.ended);
	// Its log: what broken data does is counted, and no trouble of the relay's.
	const levels = relay.stderr
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => (JSON.parse(line) as {level: number}).level);
	t.true(
		levels.every((level) => level <= 30),
		relay.stderr,
	);
	const end = await relay.stop();
	t.is(end.code, 0);
});

/** Sends one frame on a connection of its own, and waits for an error or the end. */
async function provoke(
	url: string,
	frame: string | Buffer,
): Promise<{answers: {type?: string; code?: string}[]; closed: boolean}> {
	const answers: {type?: string; code?: string}[] = [];
	let closed = false;
	const socket = new WebSocket(url);
	socket.on('message', (data: Buffer, isBinary) => {
		if (!isBinary) answers.push(JSON.parse(data.toString()) as {type?: string});
	});
	socket.on('error', () => undefined);
	socket.on('close', () => {
		closed = true;
	});
	await new Promise((resolve) => socket.once('open', resolve));
	socket.send(frame);
	await waitUntil('an answer', () => closed || answers.some(({type}) => type === 'error'), 15_000);
	socket.terminate();
	return {answers, closed};
}

test.serial('what goes directly, and why links changed their tier, is counted on the relay', async (t) => {
	const lab = new Lab(t);
	const relay = await startRelay({host: '127.0.0.1', port: 0, times: {reportEveryMs: 1_000}});
	t.teardown(() => relay.close());
	const read = async (name: string, labels: Record<string, string> = {}) =>
		valueIn(await scrape(relay), name, labels);
	const linkEnds = (tier: string) => read('link_ends', {tier});
	const moved = (way: string, from: string, to: string, reason: string) =>
		read(`tier_${way}grades_total`, {from, to, reason});
	writeFileSync(path.join(lab.path('ada'), 'large.bin'), randomBytes(2_000_000));
	const ada = await lab.host('ada', ['--relay-url', relay.url, '--tier', 'direct']);
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	await waitUntil('both said what went directly', async () => {
		return (await linkEnds('direct')) === 2 && (await read('saved_bytes_total')) > 2_000_000;
	});
	t.is(await read('sessions_by_tier', {tier: 'direct'}), 1);
	t.is(await moved('up', 'none', 'direct', 'opened'), 2);

	await ada.ask({request: 'tier', pin: 'proxy'});
	await waitUntil('both moved to proxy', async () => (await linkEnds('proxy')) === 2);
	t.is(await moved('down', 'direct', 'proxy', 'pinned'), 2);
	await ada.ask({request: 'tier', pin: 'auto'});
	await waitUntil('both moved back', async () => (await linkEnds('direct')) === 2);
	t.is(await moved('up', 'proxy', 'direct', 'better'), 2);

	await bob.stop();
	const isTold = async () => (await moved('down', 'direct', 'none', 'left')) === 1;
	await waitUntil('its going is told for what it is', isTold);
});

test.serial('over json, what deflates goes deflated and noise as it is, in parts as well', async (t) => {
	const lab = new Lab(t);
	const relay = await startRelay({host: '127.0.0.1', port: 0});
	t.teardown(() => relay.close());
	const ada = await lab.host('ada', ['--relay-url', relay.url, '--tier', 'json']);
	const bob = await lab.join('bob', ada.invite);
	await settle([ada, bob]);
	const bytes = 2_000_000;
	const passed = async (name: string, content: Buffer) => {
		const before = relay.counters().jsonBytes;
		writeFileSync(path.join(ada.folder, name), content);
		await settle([ada, bob]);
		t.deepEqual(compareTrees(ada.folder, bob.folder), []);
		return (relay.counters().jsonBytes - before) / content.length;
	};
	const hex = Buffer.from(randomBytes(bytes / 2).toString('hex'));
	const [text, noise] = [await passed('text', hex), await passed('noise', randomBytes(bytes))];
	// Of hex digits half the bits are information; base64 takes a third more.
	t.true(text > 0.6 && text < 0.85, `${text} bytes for each one of text`);
	t.true(noise > 1.33 && noise < 1.5, `${noise} bytes for each one of noise`);
});
