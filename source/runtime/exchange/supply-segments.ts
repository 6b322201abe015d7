/** The units of an answer on every tier but json: packs of several objects, and parts of large ones. */
import {createHash} from 'node:crypto';
import {type Oid} from '../../protocol/content.js';
import {type Channel} from './channel.js';
import {cutObject, cutUnits, type Unit} from './cut-units.js';
import {type DeltaShelf} from './delta-shelf.js';
import {LargeObjectReader} from './large-object.js';
import {type ObjectStore, type Packing, type PlannedObject} from './object-store.js';
import {type PackCache} from './pack-cache.js';
import {positionOf} from './position.js';
import {type Outgoing} from './pump.js';
import {type UnitSize} from './send-window.js';

export type SupplyRange = {
	readonly objects: readonly PlannedObject[];
	readonly start: {readonly index: number; readonly offset: number};
	readonly end: number;
};

export async function* supplySegments(options: {
	store: ObjectStore;
	channel: Channel;
	request: number;
	range: SupplyRange;
	/** Packs that were made before; absent where making them again costs nothing. */
	cache?: PackCache;
	nextUnit: () => UnitSize;
	packing: () => Packing;
	/** Where deltas come from; absent where they are not wanted. */
	deltas?: DeltaShelf;
	signal: AbortSignal;
}): AsyncGenerator<Outgoing, void> {
	const {store, channel, request, range, cache, nextUnit, packing, deltas, signal} = options;
	const {objects} = range;
	const large = new LargeObjectReader(store);
	try {
		const mayBeDelta = (object: PlannedObject) => deltas?.mayHave(object) ?? false;
		for (const unit of cutUnits(objects, range.start, range.end, nextUnit, mayBeDelta)) {
			const made = unit.kind === 'delta' ? await deltas?.get(objects[unit.first]!) : undefined;
			if (made) yield segment({...unit, kind: 'segment', end: unit.first + 1}, made.pack, made.base);
			else if (unit.kind !== 'delta') yield await whole(unit);
			else for (const each of cutObject(objects, unit.first, nextUnit)) yield await whole(each);
		}
	} finally {
		large.close();
	}

	async function whole(unit: Unit): Promise<Outgoing> {
		signal.throwIfAborted();
		if (unit.kind === 'part') {
			const object = objects[unit.first]!;
			return part(unit, object, await large.read(object, unit.offset, unit.bytes));
		}
		const end = unit.kind === 'segment' ? unit.end : unit.first + 1;
		const oids = objects.slice(unit.first, end).map((object) => object.oid);
		return segment({...unit, kind: 'segment', end}, await pack(oids));
	}

	/** A small pack fits a fast path too; a quick one that is there already costs no work, but too much of a slow path. */
	async function pack(oids: readonly Oid[]): Promise<Uint8Array> {
		const wanted = packing();
		const small = await cache?.get(packKey(oids, 'small'));
		const kept = small ?? (wanted === 'quick' ? await cache?.get(packKey(oids, wanted)) : undefined);
		if (kept) return kept;
		const made = await store.packObjects(oids, {packing: wanted, signal});
		await cache?.put(packKey(oids, wanted), made);
		return made;
	}

	function segment(unit: Unit & {kind: 'segment'}, pack: Uint8Array, base?: Oid): Outgoing {
		const count = unit.end - unit.first;
		return {
			bytes: unit.bytes,
			objects: count,
			isWork: base !== undefined,
			async send(index, taken) {
				channel.send({
					type: 'segment',
					request,
					index,
					bytes: pack.byteLength,
					sha256: createHash('sha256').update(pack).digest('hex'),
					objects: count,
					object_bytes: unit.bytes,
					up_to: positionOf(objects[unit.end - 1]!),
					...(base !== undefined && {base}),
				});
				await channel.sendBulk('segment', {request, index}, pack, (sent) => taken(sent / pack.byteLength));
			},
		};
	}

	function part(unit: Unit & {kind: 'part'}, object: PlannedObject, bytes: Uint8Array): Outgoing {
		return {
			bytes: unit.bytes,
			objects: unit.offset + unit.bytes === object.bytes ? 1 : 0,
			async send(index, taken) {
				channel.send({
					type: 'part',
					request,
					index,
					oid: object.oid,
					object_type: object.type,
					size: object.bytes,
					offset: unit.offset,
					bytes: unit.bytes,
				});
				await channel.sendBulk('part', {request, index, offset: unit.offset}, bytes, (sent) =>
					taken(sent / bytes.byteLength),
				);
			},
		};
	}
}

/** The same objects make the same pack, whatever plan they are of. */
function packKey(oids: readonly Oid[], packing: Packing): string {
	return createHash('sha256').update(packing).update(oids.join('')).digest('hex');
}
