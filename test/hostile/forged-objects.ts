/** Git objects as an attacker makes them: any bytes, no rule kept, and packs of them. */
import {createHash} from 'node:crypto';
import {deflateSync} from 'node:zlib';
import {hashObject, type ObjectType} from '../../source/git/object-format.js';
import {encodeEntryHeader, encodePackHeader} from '../../source/git/pack-format.js';
import {recordName} from '../../source/git/record.js';
import {type Oid} from '../../source/protocol/content.js';
import {comparePositions, positionOf} from '../../source/runtime/exchange/position.js';

export type Forged = {readonly type: ObjectType; readonly oid: Oid; readonly content: Buffer};

/** An entry of a tree: mode and name as bytes, so that neither has to be allowed. */
export type Entry = readonly [mode: string, name: string | Buffer, oid: Oid];

/** Collects the objects of one attack. */
export class Forge {
	readonly objects = new Map<Oid, Forged>();

	put(type: ObjectType, content: Buffer): Oid {
		const oid = hashObject(type, content);
		this.objects.set(oid, {type, oid, content});
		return oid;
	}

	blob(text: string | Buffer = 'x'): Oid {
		return this.put('blob', Buffer.from(text));
	}

	/** A tree, in git's order unless `asGiven`. */
	tree(entries: readonly Entry[], {asGiven = false} = {}): Oid {
		const rows = entries.map(([mode, name, oid]) => {
			const bytes = Buffer.from(name);
			const key = mode === '40000' ? Buffer.concat([bytes, Buffer.from('/')]) : bytes;
			const head = Buffer.concat([Buffer.from(`${mode} `), bytes, Buffer.from([0])]);
			return {key, bytes: Buffer.concat([head, Buffer.from(oid, 'hex')])};
		});
		if (!asGiven) rows.sort((one, other) => Buffer.compare(one.key, other.key));
		return this.put('tree', Buffer.concat(rows.map(({bytes}) => bytes)));
	}

	file(name: string | Buffer, text: string | Buffer = 'x', mode = '100644'): Oid {
		return this.tree([[mode, name, this.blob(text)]]);
	}

	/** Folders within folders; the last of them holds `entry`. */
	nest(names: readonly (string | Buffer)[], inside: Oid): Oid {
		return [...names].reverse().reduce<Oid>((below, name) => this.tree([['40000', name, below]]), inside);
	}

	commit(tree: Oid, parents: readonly Oid[] = [], {head = '', message = 'x'} = {}): Oid {
		const who = 'Mallory <mallory@pulsync> 1700000000 +0000';
		const lines = [
			`tree ${tree}`,
			...parents.map((parent) => `parent ${parent}`),
			`author ${who}`,
			`committer ${who}`,
		];
		return this.put('commit', Buffer.from(`${lines.join('\n')}\n${head}\n${message}\n`));
	}

	/** A root with one conflict record, each part of which may be forged. */
	record(
		path: string,
		forged: {
			name?: string;
			entries?: readonly Entry[];
			beside?: readonly Entry[];
			main?: readonly Entry[];
		} = {},
	): Oid {
		const record = this.tree(forged.entries ?? this.sides(path));
		const conflicts = this.tree([
			['40000', forged.name ?? recordName(path), record],
			...(forged.beside ?? []),
		]);
		return this.tree([
			['40000', '.pulsync', this.tree([['40000', 'conflicts', conflicts]])],
			...(forged.main ?? []),
		]);
	}

	/** The entries of a sound record: its path and two sides. */
	sides(path: string): Entry[] {
		const [one, other] = [this.blob('one side'), this.blob('other side')];
		return [
			['100644', 'path', this.blob(path)],
			['100644', `${one}-100644`, one],
			['100755', `${other}-100755`, other],
		];
	}

	/** In the order in which a want is answered. */
	sorted(): Forged[] {
		return [...this.objects.values()].sort((one, other) =>
			comparePositions(positionOf(one), positionOf(other)),
		);
	}
}

/** A pack of these objects; `declared` lies about the number of entries, `sizes` about theirs. */
export function packOf(
	objects: readonly Forged[],
	{declared = objects.length, size}: {declared?: number; size?: number} = {},
): Buffer {
	const parts = objects.flatMap(({type, content}) => [
		encodeEntryHeader(type, size ?? content.length),
		deflateSync(content),
	]);
	return sealPack([encodePackHeader(declared), ...parts]);
}

/** Adds the checksum. */
export function sealPack(parts: readonly Buffer[]): Buffer {
	const pack = Buffer.concat(parts);
	return Buffer.concat([pack, createHash('sha1').update(pack).digest()]);
}
