import test from 'ava';
import {UnusedMemory} from '../../source/runtime/unused-memory.js';

const megabyte = 1024 * 1024;

function work(): number {
	return Array.from({length: 1_000_000}, (_, index) => ({index, text: `${index}`})).length;
}

test.serial('what work left behind is given back, once', (t) => {
	const memory = new UnusedMemory();
	memory.release();
	t.is(work(), 1_000_000);
	const before = process.memoryUsage().heapUsed;
	t.true(memory.release());
	t.true(before - process.memoryUsage().heapUsed > 32 * megabyte);
	t.false(memory.release());
});
