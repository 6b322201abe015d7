import test from 'ava';
import {maxBufferedBytes} from '../../source/protocol/limits.js';
import {type BulkSource, SendLanes} from '../../source/transport/send-lanes.js';

function createLanes() {
	const sent: string[] = [];
	let buffered = 0;
	const waiting: (() => void)[] = [];
	const lanes = new SendLanes({
		bufferedBytes: () => buffered,
		send(data, taken) {
			sent.push(String(data).slice(0, 1));
			buffered += data.length;
			waiting.push(() => {
				buffered -= data.length;
				taken();
			});
		},
	});
	return {lanes, sent, take: () => waiting.shift()?.(), buffered: () => buffered};
}

/** A source with so many messages of 64 KiB, which begin with its letter. */
function createSource(letter: string, count: number): BulkSource {
	let left = count;
	return {pull: () => (left-- > 0 ? letter.repeat(64 * 1024) : undefined)};
}

test('Bulk fills the socket to its bound and goes on as the socket empties', (t) => {
	const {lanes, sent, take, buffered} = createLanes();
	lanes.wake(createSource('a', 10));
	t.is(sent.length, 4);
	t.true(buffered() <= maxBufferedBytes);
	take();
	t.is(sent.length, 5);
	for (let count = 0; count < 20; count++) take();
	t.is(sent.length, 10);
});

test('Several sources take turns', (t) => {
	const {lanes, sent, take} = createLanes();
	lanes.wake(createSource('x', 4));
	for (const letter of ['a', 'b', 'c']) lanes.wake(createSource(letter, 3));
	for (let count = 0; count < 20; count++) take();
	t.is(sent.join(''), 'xxxxabcabcabc');
});

test('Control overtakes all bulk that is not in the socket yet', (t) => {
	const {lanes, sent, take} = createLanes();
	lanes.wake(createSource('a', 10));
	lanes.control('control');
	for (let count = 0; count < 20; count++) take();
	t.is(sent.indexOf('c'), 4);
});

test('A source that has nothing costs nothing until it is woken again', (t) => {
	const {lanes, sent, take} = createLanes();
	let pulls = 0;
	let next: string | undefined;
	const source = {
		pull() {
			pulls++;
			const data = next;
			next = undefined;
			return data;
		},
	};
	lanes.wake(source);
	lanes.control('c');
	take();
	t.is(pulls, 1);
	next = 'x';
	lanes.wake(source);
	t.deepEqual(sent, ['c', 'x']);
});

test('A closed socket takes nothing more', (t) => {
	const {lanes, sent} = createLanes();
	lanes.close();
	lanes.control('c');
	lanes.wake(createSource('a', 1));
	t.deepEqual(sent, []);
});
