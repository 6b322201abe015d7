import path from 'node:path';
import {createHash} from 'node:crypto';
import test, {type ExecutionContext} from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {type Arrived} from '../../../source/runtime/exchange/arrived.js';
import {Intake} from '../../../source/runtime/exchange/intake.js';
import {WantRecord} from '../../../source/runtime/exchange/want-record.js';
import {readWantState} from '../../../source/runtime/exchange/want-state.js';
import {FakeStore, hashObject} from './fake-store.js';
import {temporaryFolder} from './two-peers.js';

/** Three segments of one object each, in order, and what lets the store take each in. */
async function scene(t: ExecutionContext) {
	const file = path.join(await temporaryFolder(t), 'want.json');
	const store = new FakeStore();
	const gates: ((error?: Error) => void)[] = [];
	store.beforeIndex = async () =>
		new Promise((resolve, reject) => gates.push((error) => (error ? reject(error) : resolve())));
	const oids = ['one', 'two', 'three'].map((text) => store.put('blob', Buffer.from(text))).sort();
	const segments: Arrived[] = [];
	for (const [index, oid] of oids.entries()) {
		const bytes = Buffer.from(
			await store.packObjects([oid], {packing: 'quick', signal: new AbortController().signal}),
		);
		segments.push({
			kind: 'segment',
			index,
			bytes,
			header: {
				type: 'segment',
				request: 1,
				index,
				bytes: bytes.length,
				sha256: createHash('sha256').update(bytes).digest('hex'),
				objects: 1,
				object_bytes: store.disk.objects.get(oid)!.bytes.length,
				up_to: {phase: 'blobs', oid},
			},
		});
	}
	const record = await WantRecord.open(store, file, {
		commit: hashObject('commit', Buffer.alloc(0)),
		have: [],
	});
	return {file, gates, oids, segments, record};
}

test('segments overlap, and are noted in the order in which they came', async (t) => {
	const {file, gates, oids, segments, record} = await scene(t);
	const noted: number[] = [];
	const taken = segments.map(async (segment) =>
		record.take([segment], 'ada').then(() => noted.push(segment.index)),
	);
	await new Promise(setImmediate);
	t.is(gates.length, 3);
	gates[2]!();
	gates[1]!();
	await new Promise(setImmediate);
	t.deepEqual(noted, []);
	t.is(record.question.after, undefined);
	gates[0]!();
	await Promise.all(taken);
	t.deepEqual(noted, [0, 1, 2]);
	t.is(record.question.after?.oid, oids[2]);
	await record.close();
	t.is((await readWantState(file))?.after?.oid, oids[2]);
});

test('the file follows at once after a while, and else with the next ones or at the end', async (t) => {
	const {file, gates, oids, segments, record} = await scene(t);
	const take = async (index: number) => {
		const taken = record.take([segments[index]!], 'ada');
		await new Promise(setImmediate);
		gates[index]!();
		await taken;
		return (await readWantState(file))?.after?.oid;
	};
	t.is(await take(0), oids[0]);
	await new Promise((resolve) => setTimeout(resolve, 110));
	t.is(await take(1), oids[1]);
	// Within a tenth of a second, unless the machine was busy for so long.
	t.true([oids[1], oids[2]].includes(await take(2)));
	await record.close();
	t.is((await readWantState(file))?.after?.oid, oids[2]);
});

test('of what is fulfilled nothing is left behind', async (t) => {
	const {file, gates, segments, record} = await scene(t);
	const taken = segments.map(async (segment) => record.take([segment], 'ada'));
	await new Promise(setImmediate);
	for (const open of gates) open();
	await Promise.all(taken);
	await record.remove();
	await record.close();
	await new Promise((resolve) => setTimeout(resolve, 150));
	t.is(await readWantState(file), undefined);
});

test('behind a segment that cannot be stored nothing is noted', async (t) => {
	const {file, gates, oids, segments, record} = await scene(t);
	const taken = segments.map(async (segment) => record.take([segment], 'ada'));
	await new Promise(setImmediate);
	gates[2]!();
	gates[1]!(new Failure('disk_full'));
	gates[0]!();
	const ends = await Promise.allSettled(taken);
	t.deepEqual(
		ends.map(({status}) => status),
		['fulfilled', 'rejected', 'rejected'],
	);
	t.is((await readWantState(file))?.after?.oid, oids[0]);
	t.is(record.question.after?.oid, oids[0]);
});

test('segments out of order are refused, also while those before are under way', async (t) => {
	const {gates, segments, record} = await scene(t);
	const first = record.take([segments[1]!], 'ada');
	await t.throwsAsync(record.take([segments[0]!], 'ada'), {message: /out of order|hostile/i});
	gates[0]!();
	await first;
});

/** Pieces of one object that is large enough to grow in a file. */
function piecesOf(sizes: readonly number[]): {oid: string; units: Arrived[]} {
	const bytes = Buffer.alloc(
		sizes.reduce((sum, size) => sum + size, 0),
		7,
	);
	const oid = hashObject('blob', bytes);
	let offset = 0;
	const units = sizes.map((size, index): Arrived => {
		const header = {
			type: 'part',
			request: 1,
			index,
			oid,
			object_type: 'blob',
			size: bytes.length,
			offset,
			bytes: size,
		} as const;
		const piece = bytes.subarray(offset, (offset += size));
		return {kind: 'part', index, header, bytes: piece, isCut: false};
	});
	return {oid, units};
}

test('the file never goes on naming a part that is whole', async (t) => {
	const file = path.join(await temporaryFolder(t), 'want.json');
	const store = new FakeStore();
	const {oid, units} = piecesOf([2_000_000, 10]);
	const state = {commit: hashObject('commit', Buffer.alloc(0)), have: []};
	const record = await WantRecord.open(store, file, state);
	await record.take([units[0]!], 'ada');
	t.is((await readWantState(file))?.part?.oid, oid);
	await record.take([units[1]!], 'ada');
	const now = await readWantState(file);
	t.is(now?.part, undefined);
	t.is(now?.after?.oid, oid);
});

test('where nothing more comes the file follows by itself', async (t) => {
	const {file, gates, oids, segments, record} = await scene(t);
	const taken = segments.map(async (segment) => record.take([segment], 'ada'));
	await new Promise(setImmediate);
	for (const open of gates) open();
	await Promise.all(taken);
	for (let tries = 0; (await readWantState(file))?.after?.oid !== oids[2] && tries < 200; tries++)
		await new Promise((resolve) => setTimeout(resolve, 10));
	t.is((await readWantState(file))?.after?.oid, oids[2]);
});

test('a part whose bytes are gone is no part: what lies before it may come', async (t) => {
	const store = new FakeStore();
	const {oid} = piecesOf([2_000_000]);
	const part = {oid, type: 'blob', size: 2_000_000, offset: 1_000_000} as const;
	const intake = await Intake.open(store, {commit: oid, have: [], part});
	t.is(intake.position, undefined);
	t.is(intake.state.part, undefined);
	const bytes = Buffer.from('anything');
	const before = hashObject('blob', bytes);
	t.true(before < oid, 'the scene needs an object before the part');
	const whole = {oid: before, type: 'blob', size: bytes.length, bytes} as const;
	await t.notThrowsAsync(intake.admit([{kind: 'chunk', index: 0, objects: [whole]}], 'bob'));
});
