/** What adapters and the relay take apart: packs, trees, commits, sealed signals, announcements, STUN, the pipe of ICE. */
import test from 'ava';
import {answerStun} from '../../relay/stun-message.js';
import {Failure} from '../../source/protocol/failure.js';
import {parseCommit} from '../../source/git/commit-format.js';
import {objectProblem} from '../../source/git/object-check.js';
import {packLimits, scanPack} from '../../source/git/pack-scan.js';
import {decodeRecord} from '../../source/git/record.js';
import {parseTree} from '../../source/git/tree-format.js';
import {LanSeal} from '../../source/transport/lan/lan-announcement.js';
import {createSecret, deriveSession} from '../../source/transport/session-keys.js';
import {openSignal, sealSignal} from '../../source/transport/direct/signal-seal.js';
import {encodeFrame, FrameReader} from '../../source/transport/ice/pipe-frame.js';
import {createIdentity} from '../../source/transport/identity.js';
import {Forge, packOf, sealPack} from '../hostile/forged-objects.js';
import {fuzz, must} from './mutate.js';

test.serial('packs, with and without a true checksum', async (t) => {
	const forge = new Forge();
	const commit = forge.commit(forge.tree([['100644', 'a', forge.blob('content')]]));
	t.truthy(commit);
	const packs = [packOf(forge.sorted()), packOf(forge.sorted().slice(0, 1)), packOf([])];
	await fuzz(t, packs, (input, random) => {
		const pack =
			random.below(4) === 0 ? input : sealPack([input.subarray(0, Math.max(0, input.length - 20))]);
		let bytes = 0;
		try {
			for (const {content} of scanPack(pack)) bytes += content.length;
		} catch (error) {
			if (!(error instanceof Failure) || error.code !== 'hostile_data') throw error;
		}
		must(bytes <= packLimits.contentBytes, 'bounded');
	});
});

test.serial('trees, commits and records', async (t) => {
	const forge = new Forge();
	forge.commit(
		forge.record('a/b', {
			main: [
				['120000', 'link', forge.blob()],
				['100755', 'ü', forge.blob()],
			],
		}),
	);
	await fuzz(
		t,
		[...forge.objects.values()].map(({content}) => content),
		(input) => {
			const tree = parseTree(input);
			if (tree.ok) decodeRecord(tree.entries);
			parseCommit(input);
			for (const type of ['tree', 'commit'] as const) objectProblem(type, input);
		},
	);
});

test.serial('signals, sealed by a member and not', async (t) => {
	const [from, to] = ['a'.repeat(26), 'b'.repeat(26)];
	const keys = deriveSession({secret: createSecret(), founderPublicKey: createIdentity().publicKey});
	const path = {keys, from, to};
	const candidate = {ip: '192.0.2.1', port: 4000};
	const fields = sealSignal(
		{
			generation: 3,
			candidates: [candidate],
			mappings: [candidate],
			natKind: 'open',
			sdp: 'v=0',
			startInMs: 5,
		},
		path,
	);
	t.truthy(openSignal(fields, path));
	await fuzz(t, [Buffer.from(fields.sealed!, 'base64')], (input, random) => {
		must(
			openSignal({...fields, sealed: input.toString('base64')}, path) === undefined ||
				input.equals(Buffer.from(fields.sealed!, 'base64')),
			'nothing that was changed',
		);
		const text = input.toString();
		openSignal(
			{
				generation: random.below(10),
				candidates: [text, {ip: text, port: 1}],
				public_ip: text,
				public_port: 5,
				sdp: text,
			},
			path,
		);
	});
});

test.serial('announcements in the local network', async (t) => {
	const seal = new LanSeal(createSecret());
	const txt = seal.write({
		peerId: 'a'.repeat(26),
		instance: 'i',
		port: 4000,
		at: 5,
		addresses: ['192.0.2.1'],
	});
	t.truthy(seal.read(txt, 4000));
	await fuzz(t, [JSON.stringify(txt)], (input) => {
		let value: unknown;
		try {
			value = JSON.parse(input.toString());
		} catch {
			value = {...txt, at: input.toString(), a0: input.toString()};
		}
		seal.read(value, 4000);
		seal.read({...txt, seal: input.toString()}, input.length);
	});
});

test.serial('packets to the STUN port', async (t) => {
	const source = {ip: Buffer.from([192, 0, 2, 1]), port: 4000};
	const request = Buffer.concat([Buffer.from('000100002112a442', 'hex'), Buffer.alloc(12, 5)]);
	const attribute = Buffer.from('0006000461626364', 'hex');
	const longer = Buffer.concat([Buffer.from('000100082112a442', 'hex'), Buffer.alloc(12, 5), attribute]);
	await fuzz(t, [request, longer, Buffer.from('0001000c2112a442', 'hex')], (input) => {
		const answer = answerStun(input, source);
		must(!answer || answer.length <= input.length + 32, 'no answer is much longer than its question');
	});
});

test.serial('frames of the child for ICE', async (t) => {
	const frames = [
		encodeFrame('data', 1, 'abc'),
		encodeFrame('closed', 2, 'reason'),
		Buffer.concat([encodeFrame('data', 1, 'x'), encodeFrame('data', 1, 'y')]),
	];
	await fuzz(t, frames, (input, random) => {
		const reader = new FrameReader({
			inPieces: random.below(2) === 0,
			take: (_type, _link, payload) => must(payload.length <= 64 * 1024, 'bounded'),
		});
		try {
			for (let at = 0; at < input.length;) {
				const end = at + 1 + random.below(32);
				reader.push(input.subarray(at, end));
				at = end;
			}
		} catch (error) {
			if (!(error instanceof Error) || error.message !== 'garbage on the pipe') throw error;
		}
	});
});
