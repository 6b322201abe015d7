/** Small data that is large to read: what a hostile member sends in answer to a want. Each breaks a bound. */
import {createHash} from 'node:crypto';
import {deflateSync} from 'node:zlib';
import {encodeEntryHeader, encodePackHeader} from '../../source/git/pack-format.js';
import {type Oid} from '../../source/protocol/content.js';
import {type PeerMessageOf} from '../../source/protocol/peer-messages.js';
import {type PeerChannel} from '../../source/transport/peer-channel.js';
import {type Entry, type Forge, sealPack} from './forged-objects.js';

type Want = PeerMessageOf<'want'>;

export type Bomb = {
	readonly what: string;
	/** Answers a want for `commit`, which is on top of `parent`. */
	readonly send: (channel: PeerChannel, want: Want) => Promise<void> | void;
};

const mebibyte = 1024 * 1024;
const last = 'f'.repeat(40);

/** A segment whose pack is what its header says, and whatever it is. */
async function sendPack(
	channel: PeerChannel,
	{request}: Want,
	pack: Buffer,
	facts: {objects?: number; objectBytes?: number} = {},
): Promise<void> {
	const {objects = 1, objectBytes = 100} = facts;
	channel.send({type: 'plan', request, objects, bytes: objectBytes, done_objects: 0, done_bytes: 0});
	channel.send({
		type: 'segment',
		request,
		index: 0,
		bytes: pack.length,
		sha256: createHash('sha256').update(pack).digest('hex'),
		objects,
		object_bytes: objectBytes,
		up_to: {phase: 'commits', oid: last},
	});
	await channel.sendBulk('segment', {request, index: 0}, pack);
}

/** One entry whose header and stream are made by hand. */
function onePack(header: Buffer, stream: Buffer, count = 1): Buffer {
	return sealPack([encodePackHeader(count), header, stream]);
}

const zeros = deflateSync(Buffer.alloc(256 * mebibyte));
/** A stream that holds the bytes as they are: a compressor for each of many would cost more than the attack. */
function stored(content: Buffer): Buffer {
	let [low, high] = [1, 0];
	for (const byte of content) {
		low = (low + byte) % 65_521;
		high = (high + low) % 65_521;
	}
	const stream = Buffer.alloc(11 + content.length);
	stream.writeUInt16BE(0x78_01, 0);
	stream.writeUInt8(1, 2);
	stream.writeUInt16LE(content.length, 3);
	stream.writeUInt16LE(0xff_ff - content.length, 5);
	content.copy(stream, 7);
	stream.writeUInt32BE(high * 0x1_00_00 + low, 7 + content.length);
	return stream;
}

const empty = deflateSync(Buffer.alloc(0));

/** Made by the packs alone: refused before anything is stored. */
export const packBombs: readonly Bomb[] = [
	{
		what: 'a stream that inflates to 2,600,000 times what it declares',
		send: (channel, want) => sendPack(channel, want, onePack(encodeEntryHeader('blob', 100), zeros)),
	},
	{
		what: 'a stream of 256 MiB in 260 KB, declared as it is',
		send: (channel, want) =>
			sendPack(channel, want, onePack(encodeEntryHeader('blob', 256 * mebibyte), zeros)),
	},
	{
		what: 'an entry that declares a terabyte',
		send: (channel, want) => sendPack(channel, want, onePack(encodeEntryHeader('blob', 2 ** 40), empty)),
	},
	{
		what: 'an entry that declares more than any number',
		send: (channel, want) => sendPack(channel, want, onePack(Buffer.alloc(2000, 0xbf), empty)),
	},
	{
		what: 'four thousand million objects in a header',
		send: (channel, want) =>
			sendPack(channel, want, onePack(encodeEntryHeader('blob', 0), empty, 0xff_ff_ff_ff)),
	},
	{
		what: 'a delta on an object in the pack',
		send: (channel, want) =>
			sendPack(
				channel,
				want,
				onePack(Buffer.from([0x65, 0x01]), deflateSync(Buffer.from([1, 1, 0x90, 1, 0]))),
			),
	},
	{
		what: 'a delta on an object elsewhere',
		send: (channel, want) =>
			sendPack(
				channel,
				want,
				onePack(
					Buffer.concat([Buffer.from([0x75]), Buffer.alloc(20, 7)]),
					deflateSync(Buffer.from([1, 1, 0x90, 1, 0])),
				),
			),
	},
	{
		what: '700,000 times the same object',
		send: (channel, want) => {
			const entry = Buffer.concat([encodeEntryHeader('blob', 0), empty]);
			const pack = sealPack([encodePackHeader(700_000), Buffer.alloc(700_000 * entry.length, entry)]);
			return sendPack(channel, want, pack, {objects: 4096});
		},
	},
	{
		what: '150,000 objects in a segment that says 4096',
		send: (channel, want) => {
			const entries: Buffer[] = [];
			for (let at = 0; at < 150_000; at++) {
				const content = Buffer.from(at.toString(36));
				entries.push(encodeEntryHeader('blob', content.length), stored(content));
			}
			return sendPack(channel, want, sealPack([encodePackHeader(150_000), ...entries]), {objects: 4096});
		},
	},
];

/** Made by what announces them: refused before a byte of them is taken. */
export const announcedBombs: readonly Bomb[] = [
	{
		what: 'a segment of a million objects',
		send: (channel, {request}) =>
			channel.send({
				type: 'segment',
				request,
				index: 0,
				bytes: 1000,
				sha256: '0'.repeat(64),
				objects: 1_000_000,
				object_bytes: 1000,
				up_to: {phase: 'blobs', oid: last},
			}),
	},
	{
		what: 'a segment of a terabyte',
		send: (channel, {request}) =>
			channel.send({
				type: 'segment',
				request,
				index: 0,
				bytes: 2 ** 40,
				sha256: '0'.repeat(64),
				objects: 1,
				object_bytes: 1,
				up_to: {phase: 'blobs', oid: last},
			}),
	},
	{
		what: 'a tree of a terabyte in parts',
		send: (channel, {request}) => {
			const part = {
				index: 0,
				oid: 'a'.repeat(40),
				object_type: 'tree',
				size: 2 ** 40,
				offset: 0,
				bytes: 1000,
			} as const;
			channel.send({type: 'plan', request, objects: 1, bytes: 2 ** 40, done_objects: 0, done_bytes: 0});
			channel.send({type: 'part', request, ...part});
			return channel.sendBulk('part', {request, index: 0, offset: 0}, Buffer.alloc(1000));
		},
	},
	{
		what: 'a thousand units at once',
		send: (channel, {request}) => {
			for (let index = 0; index < 1000; index++) {
				channel.send({
					type: 'segment',
					request,
					index,
					bytes: 8 * mebibyte,
					sha256: '0'.repeat(64),
					objects: 1,
					object_bytes: 1,
					up_to: {phase: 'blobs', oid: last},
				});
			}
		},
	},
	{
		what: 'a graph of two million ids',
		send: async (channel, {request}) => {
			const parents = Array.from({length: 60}, (_, at) => at.toString(16).padStart(40, 'b'));
			let serial = 0;
			for (let message = 0; message < 1400; message++) {
				const commits = Array.from({length: 24}, () => [
					(serial++).toString(16).padStart(40, '0'),
					...parents,
				]);
				channel.send({type: 'graph', request, commits, last: false});
				await channel.drain();
			}
		},
	},
];

const pieceBytes = 32 * 1024;

/** Objects in JSON texts, as the tier for networks that pass nothing else has them. */
export const textBombs: readonly Bomb[] = [
	{
		what: 'a tree of a terabyte in texts',
		send: async (channel, {request}) => {
			channel.send({type: 'plan', request, objects: 1, bytes: 2 ** 40, done_objects: 0, done_bytes: 0});
			await sendPiece(channel, request, {size: 2 ** 40, partIndex: 0, partCount: 2 ** 25});
		},
	},
	{
		what: 'texts that go beyond the size that they declare',
		send: async (channel, {request}) => {
			for (let partIndex = 0; partIndex < 3; partIndex++)
				await sendPiece(channel, request, {size: pieceBytes + 1, partIndex, partCount: 2});
		},
	},
];

async function sendPiece(
	channel: PeerChannel,
	request: number,
	part: {size: number; partIndex: number; partCount: number},
): Promise<void> {
	const object = {oid: 'a'.repeat(40), type: 'tree', bytes: Buffer.alloc(pieceBytes), ...part} as const;
	await channel.objects!.send({request, chunkIndex: part.partIndex, totalChunks: 0, objects: [object]});
}

/** A tree whose paths are multiplied by naming the same few folders again and again. */
export function multiplied(forge: Forge, levels: number, width: number): Oid {
	let tree = forge.file('x');
	for (let level = 0; level < levels; level++) {
		const below = tree;
		tree = forge.tree(Array.from({length: width}, (_, at): Entry => ['40000', `d${at}`, below]));
	}
	return tree;
}

/** Made by objects that are sound one by one; the commit is made from the tree by the caller. */
export const treeBombs: ReadonlyArray<{readonly what: string; readonly tree: (forge: Forge) => Oid}> = [
	{what: 'ten thousand million paths in eleven trees', tree: (forge) => multiplied(forge, 10, 10)},
	{what: '2 ** 60 paths in 61 trees', tree: (forge) => multiplied(forge, 60, 2)},
	{
		what: '10,000 folders within each other',
		tree: (forge) =>
			forge.nest(
				Array.from({length: 10_000}, () => 'd'),
				forge.file('x'),
			),
	},
	{
		what: '1,500,000 paths in a hundred folders of one content',
		tree: (forge) => {
			const blob = forge.blob();
			const wide = forge.tree(Array.from({length: 15_000}, (_, at): Entry => ['100644', `f${at}`, blob]));
			return forge.tree(Array.from({length: 100}, (_, at): Entry => ['40000', `d${at}`, wide]));
		},
	},
	{
		what: 'a tree of more than 16 MiB',
		tree: (forge) => {
			const blob = forge.blob();
			return forge.tree(
				Array.from({length: 90_000}, (_, at): Entry => ['100644', `${at}`.padStart(200, 'n'), blob]),
			);
		},
	},
];
