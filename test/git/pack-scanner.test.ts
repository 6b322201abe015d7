import {createHash, randomBytes} from 'node:crypto';
import {type Worker} from 'node:worker_threads';
import test, {type ExecutionContext} from 'ava';
import {scanPack} from '../../source/git/pack-scan.js';
import {PackScanner} from '../../source/git/pack-scanner.js';
import {Failure} from '../../source/protocol/failure.js';
import {blob, makePack} from './make-pack.js';

/** Small contents, which go back together, and large ones, which go by themselves. */
const contents = [
	Buffer.from('small'),
	randomBytes(2_000_000),
	Buffer.alloc(0),
	Buffer.alloc(70_000, 'large'),
	randomBytes(64 * 1024),
];
const sound = makePack(contents.map((content) => blob(content)));

function shared(bytes: Uint8Array): Buffer {
	const memory = Buffer.from(new SharedArrayBuffer(bytes.length));
	memory.set(bytes);
	return memory;
}

const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** One that is closed at the end, and how many workers were started meanwhile in this process. */
function makeScanner(t: ExecutionContext): {scanner: PackScanner; started: () => number} {
	const scanner = new PackScanner();
	let count = 0;
	const note = () => void count++;
	process.on('worker', note);
	t.teardown(async () => {
		process.off('worker', note);
		await scanner.close();
	});
	return {scanner, started: () => count};
}

test.serial('a large pack is scanned by one worker, with the same result as here', async (t) => {
	const {scanner, started} = makeScanner(t);
	const packs = Array.from({length: 3}, () => shared(sound));
	const all = await Promise.all(packs.map(async (pack) => scanner.scan(pack, digestOf(sound))));
	for (const objects of all) t.deepEqual([...objects], [...scanPack(sound)]);
	t.is(started(), 1);
});

test.serial('a pack in memory of this thread alone is scanned here', async (t) => {
	const {scanner, started} = makeScanner(t);
	t.deepEqual([...(await scanner.scan(sound, digestOf(sound)))], [...scanPack(sound)]);
	t.is(started(), 0);
});

const hostile: ReadonlyArray<readonly [what: string, pack: Buffer, sha256?: string]> = [
	['noise', randomBytes(3000)],
	['another digest than announced', sound, digestOf(Buffer.from('another'))],
	['a wrong checksum', Buffer.concat([sound.subarray(0, -1), Buffer.from([sound.at(-1)! ^ 1])])],
	['a bomb', makePack([{type: 'blob', content: Buffer.alloc(50_000_000), claimed: 10}])],
];

for (const [what, pack, sha256] of hostile) {
	test.serial(`refused wherever it is scanned: ${what}`, async (t) => {
		const {scanner} = makeScanner(t);
		const errors = [];
		for (const bytes of [pack, shared(pack)]) {
			const scan = async () => [...(await scanner.scan(bytes, sha256))];
			errors.push(await t.throwsAsync(scan, {instanceOf: Failure, code: 'hostile_data'}));
		}
		t.deepEqual(errors[0]!.details, errors[1]!.details);
		t.is([...(await scanner.scan(shared(sound)))].length, contents.length, 'and the next one is taken');
	});
}

test.serial('where a worker ends in the middle, all is scanned here', async (t) => {
	const {scanner, started} = makeScanner(t);
	const workers: Worker[] = [];
	const note = (worker: Worker) => void workers.push(worker);
	process.on('worker', note);
	t.teardown(() => process.off('worker', note));
	const scanned = scanner.scan(shared(sound));
	await Promise.all(workers.map(async (worker) => worker.terminate()));
	t.deepEqual([...(await scanned)], [...scanPack(sound)]);
	t.deepEqual([...(await scanner.scan(shared(sound)))], [...scanPack(sound)]);
	t.is(started(), 1);
});

test.serial('who waits while it is closed gets the objects all the same', async (t) => {
	const {scanner} = makeScanner(t);
	const scanned = scanner.scan(shared(sound));
	await scanner.close();
	t.deepEqual([...(await scanned)], [...scanPack(sound)]);
});
