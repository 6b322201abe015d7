import test from 'ava';
import fc from 'fast-check';
import {WriteQueue} from '../../source/transport/write-queue.js';

test('what is taken is what was given, in order and to the byte', (t) => {
	fc.assert(
		fc.property(fc.array(fc.uint8Array({maxLength: 20})), fc.array(fc.nat(40)), (chunks, sizes) => {
			const queue = new WriteQueue();
			queue.push(chunks);
			const all = Buffer.concat(chunks);
			let at = 0;
			for (const size of [...sizes, all.length]) {
				const byteLength = Math.min(size, queue.byteLength);
				t.deepEqual(Buffer.concat(queue.take(byteLength)), all.subarray(at, (at += byteLength)));
			}
			t.is(queue.byteLength, 0);
		}),
	);
});
