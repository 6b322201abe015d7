import test from 'ava';
import {maxFrameBytes} from '../../source/protocol/limits.js';
import {FrameMemory} from '../../source/transport/frame-memory.js';

test('Memory of a large frame is used again once it was given back, and not before', (t) => {
	const memory = new FrameMemory();
	const first = memory.take(60_000);
	t.not(memory.take(60_000).buffer, first.buffer);
	memory.giveBack(first.subarray(0, 60_000));
	const again = memory.take(maxFrameBytes);
	t.is(again.buffer, first.buffer);
	t.is(again.byteLength, maxFrameBytes);
});

test('Small frames hold no more than they need', (t) => {
	const memory = new FrameMemory();
	const small = memory.take(100);
	t.is(small.buffer.byteLength, 100);
	memory.giveBack(small);
	t.is(memory.take(100).buffer.byteLength, 100);
});
