import test from 'ava';
import fc from 'fast-check';
import {ReadQueue} from '../../../source/transport/ice/read-queue.js';

test('bytes leave in the order in which they came, whatever their sizes', (t) => {
	const steps = fc.array(fc.option(fc.oneof(fc.nat(100), fc.integer({min: 1, max: 20_000}))), {
		maxLength: 60,
	});
	fc.assert(
		fc.property(steps, (list) => {
			const queue = new ReadQueue();
			const [given, taken]: [Buffer[], Buffer[]] = [[], []];
			const take = () => taken.push(queue.shift() ?? Buffer.alloc(0));
			for (const [index, size] of list.entries()) {
				if (size === null) take();
				else {
					const bytes = Buffer.alloc(size, index + 1);
					given.push(bytes);
					queue.push(Buffer.from(bytes));
				}
			}
			while (!queue.isEmpty) take();
			t.deepEqual(Buffer.concat(taken), Buffer.concat(given));
		}),
	);
});

test('a million tiny pieces become a few chunks', (t) => {
	const queue = new ReadQueue();
	for (let piece = 0; piece < 1_000_000; piece++) queue.push(Buffer.from([1]));
	let chunks = 0;
	for (; !queue.isEmpty; chunks++) queue.shift();
	t.true(chunks < 100, `${chunks} chunks`);
});

test('an emptied queue has nothing', (t) => {
	const queue = new ReadQueue();
	queue.push(Buffer.from('small'));
	queue.clear();
	t.true(queue.isEmpty);
	t.is(queue.shift(), undefined);
});
