/** Which packs an answer takes: made as the path wants them, or kept from an earlier one. */
import {randomBytes} from 'node:crypto';
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {maxSegmentObjectBytes, segmentTargetBytes} from '../../../source/runtime/exchange/limits.js';
import {type Packing} from '../../../source/runtime/exchange/object-store.js';
import {PackCache} from '../../../source/runtime/exchange/pack-cache.js';
import {supplySegments} from '../../../source/runtime/exchange/supply-segments.js';
import {fakeChannels} from './fake-channel.js';
import {FakeStore} from './fake-store.js';

async function makeAnswers() {
	const store = new FakeStore();
	const commit = store.commit({a: randomBytes(1000), b: randomBytes(1000)});
	const {objects} = await store.enumerate(commit, {have: []});
	const folder = await mkdtemp(path.join(tmpdir(), 'pulsync-packs-'));
	const cache = new PackCache(folder);
	const [channel] = fakeChannels();
	const nextUnit = () => ({targetBytes: segmentTargetBytes, maxWholeBytes: maxSegmentObjectBytes});
	const range = {objects, start: {index: 0, offset: 0}, end: objects.length};
	const {signal} = new AbortController();
	return {
		store,
		answer: async (packing: Packing) => {
			const units = supplySegments({
				...{store, channel, cache, range, nextUnit, signal},
				request: 1,
				packing: () => packing,
			});
			for await (const unit of units) if (unit.bytes === 0) throw new Error('an empty unit');
		},
		clean: async () => rm(folder, {recursive: true, force: true}),
	};
}

for (const [first, second, made] of [
	['quick', 'quick', ['quick']],
	['small', 'small', ['small']],
	['small', 'quick', ['small']],
	['quick', 'small', ['quick', 'small']],
] as const) {
	test(`after a ${first} answer a ${second} one makes ${made.length - 1} packs of its own`, async (t) => {
		const {store, answer, clean} = await makeAnswers();
		await answer(first);
		await answer(second);
		t.deepEqual(store.packings, [...made]);
		await clean();
	});
}
