import test from 'ava';
import fc from 'fast-check';
import {FairQueue} from '../../source/transport/fair-queue.js';

test('Two that always wait are served the same number of bytes, up to one item each', (t) => {
	fc.assert(
		fc.property(
			fc.array(fc.integer({min: 1, max: 300}), {minLength: 5, maxLength: 40}),
			fc.array(fc.integer({min: 1, max: 300}), {minLength: 5, maxLength: 40}),
			(ofAnn, ofBob) => {
				const queue = new FairQueue<{who: 'ann' | 'bob'; bytes: number}>();
				const left = {ann: [...ofAnn], bob: [...ofBob]};
				const push = (who: 'ann' | 'bob') => {
					const bytes = left[who].shift();
					if (bytes !== undefined) queue.push(who, bytes, {who, bytes});
				};
				push('ann');
				push('bob');
				const served = {ann: 0, bob: 0};
				while (left.ann.length > 0 && left.bob.length > 0) {
					const item = queue.shift()!;
					served[item.who] += item.bytes;
					push(item.who); // asks again when it was served, as a lane does
					t.true(Math.abs(served.ann - served.bob) <= 300, JSON.stringify(served));
				}
			},
		),
	);
});

test('Items of one keep their order, and nothing is lost', (t) => {
	fc.assert(
		fc.property(
			fc.array(fc.tuple(fc.constantFrom('ann', 'bob', 'cem'), fc.integer({min: 0, max: 100}))),
			(items) => {
				const queue = new FairQueue<{who: string; index: number}>();
				for (const [index, [who, bytes]] of items.entries()) queue.push(who, bytes, {who, index});
				const served: {who: string; index: number}[] = [];
				for (let next = queue.peek(); next; next = queue.peek()) {
					t.is(queue.shift(), next);
					served.push(next);
				}
				t.is(served.length, items.length);
				for (const who of ['ann', 'bob', 'cem']) {
					const own = served.filter((item) => item.who === who).map(({index}) => index);
					t.deepEqual(
						own,
						[...own].sort((a, b) => a - b),
					);
				}
			},
		),
	);
});

test('Who rested saves nothing up', (t) => {
	const queue = new FairQueue<string>();
	for (let count = 0; count < 100; count++) {
		queue.push('ann', 10, 'ann');
		queue.shift();
	}
	queue.push('ann', 10, 'ann');
	queue.push('bob', 10, 'bob 1');
	queue.push('bob', 10, 'bob 2');
	queue.push('ann', 10, 'ann');
	const order = [1, 2, 3, 4].map(() => queue.shift());
	t.deepEqual(order.slice(0, 3).filter((who) => who === 'ann').length >= 1, true);
	t.true(order.indexOf('bob 2') > order.indexOf('ann'), order.join());
});
