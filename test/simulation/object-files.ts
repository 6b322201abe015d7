/** Reads a git store on a disk in memory as git would: loose objects and packs, each checked against its name. */
import {inflateSync} from 'node:zlib';
import {type ObjectType, hashObject} from '../../source/git/object-format.js';
import {scanPack} from '../../source/git/pack-scan.js';
import {type Oid} from '../../source/protocol/content.js';
import {type MemoryDisk, type Node} from './memory-disk.js';

export type StoredObject = {readonly type: ObjectType; readonly content: Buffer};

const packs = new WeakMap<Buffer, ReadonlyMap<Oid, StoredObject>>();
const loose = new WeakMap<Buffer, StoredObject>();

/** The object, or undefined if there is none; throws where what stands there is no such object. `folder` is `repo.git`. */
export function readStored(disk: MemoryDisk, folder: string, oid: Oid): StoredObject | undefined {
	const node = disk.find(`${folder}/objects/${oid.slice(0, 2)}/${oid.slice(2)}`);
	if (node) return parseLoose(node, oid);
	const packFolder = disk.find(`${folder}/objects/pack`);
	for (const {name, node: pack} of packFolder?.entries.values() ?? []) {
		if (!name.endsWith('.pack') || !packFolder!.entries.has(name.replace(/pack$/, 'idx'))) continue;
		const found = objectsOf(pack).get(oid);
		if (found) return found;
	}
	return undefined;
}

/** The names of all objects in a store. */
export function* listStored(disk: MemoryDisk, folder: string): Iterable<Oid> {
	for (const {name, node} of disk.find(`${folder}/objects`)?.entries.values() ?? []) {
		if (name.length === 2) for (const rest of node.entries.keys()) if (rest.length === 38) yield name + rest;
		if (name !== 'pack') continue;
		for (const {name: pack, node: file} of node.entries.values()) {
			if (pack.endsWith('.pack')) yield* objectsOf(file).keys();
		}
	}
}

function parseLoose(node: Node, oid: Oid): StoredObject {
	const known = loose.get(node.data);
	if (known) return known;
	const plain = inflateSync(node.data);
	const end = plain.indexOf(0);
	const [type] = plain.toString('latin1', 0, end).split(' ') as [ObjectType];
	const content = plain.subarray(end + 1);
	if (hashObject(type, content) !== oid) throw new Error(`the loose object ${oid} is another one`);
	const object = {type, content};
	loose.set(node.data, object);
	return object;
}

function objectsOf(node: Node): ReadonlyMap<Oid, StoredObject> {
	let objects = packs.get(node.data);
	if (!objects) {
		objects = new Map([...scanPack(node.data)].map(({oid, type, content}) => [oid, {type, content}]));
		packs.set(node.data, objects);
	}
	return objects;
}
