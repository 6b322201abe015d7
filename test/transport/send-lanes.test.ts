import test from 'ava';
import {maxBufferedBytes} from '../../source/protocol/limits.js';
import {type BulkSource, SendLanes} from '../../source/transport/send-lanes.js';
import {SendPace} from '../../source/transport/send-pace.js';
import {FakeClock} from '../relay/fake-sockets.js';

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

/** Lanes on time that goes on when told to, at a relay that takes `rate` messages a second. */
function createPacedLanes(rate: number) {
	const clock = new FakeClock();
	const sent: {what: string; at: number}[] = [];
	const rates = {connection: rate, session: 0, address: 0, relay: 0};
	const pace = new SendPace(rates, 1, () => clock.now());
	const port = {
		bufferedBytes: () => 0,
		send(data: Uint8Array | string, taken: () => void) {
			sent.push({what: String(data).slice(0, 1), at: clock.now()});
			taken();
		},
	};
	const lanes = new SendLanes(port, pace, (delayMs, run) => clock.after(delayMs, run));
	const letters = () => sent.map(({what}) => what).join('');
	return {clock, pace, lanes, sent, letters};
}

/** A source that always has a text. */
const endless = (letter: string): BulkSource => ({pull: () => letter});

test('Bulk goes as fast as the relay takes it, each source in turn, and all of it goes on by itself', (t) => {
	const {clock, lanes, sent, letters} = createPacedLanes(20);
	for (const letter of ['a', 'b']) lanes.wake(endless(letter));
	clock.advance(10_000);
	t.true(sent.length > 10 * 19 && sent.length < 10 * 19 + 12, String(sent.length));
	t.regex(letters(), /^a+(ba)+b?$/);
	t.is(clock.waiting, 1);
	lanes.close();
	t.is(clock.waiting, 0);
});

test('Frames that are let through one by one share a timer', (t) => {
	const {clock, lanes, sent} = createPacedLanes(100);
	lanes.wake({pull: () => new Uint8Array(9)});
	let timers = 0;
	const before = sent.length;
	for (let now = 0; now < 1000; now++) {
		const {length} = sent;
		clock.advance(1);
		if (sent.length > length) timers++;
	}
	t.true(Math.abs(sent.length - before - 950) < 20, String(sent.length - before));
	t.true(timers <= 200, String(timers));
	lanes.close();
});

test('Control that the pace holds back keeps its order and goes before bulk, when bulk is held for longer too', (t) => {
	const {clock, pace, lanes, letters} = createPacedLanes(10);
	lanes.wake(endless('x'));
	pace.refused(60_000);
	clock.advance(10);
	const before = letters().length;
	for (const letter of ['1', '2', '3', '4']) lanes.control(letter);
	t.is(letters().length, before);
	clock.advance(2000);
	t.is(letters().slice(before), '1234');
	clock.advance(57_980);
	t.is(letters().slice(before), '1234');
	clock.advance(1000);
	t.regex(letters().slice(before), /^1234x+$/);
	lanes.close();
});

test('What control waits when the connection ends goes at once, and what waits has a bound', (t) => {
	const {lanes, letters} = createPacedLanes(2);
	lanes.control('a');
	lanes.control('b');
	lanes.control('c');
	t.is(letters(), 'a');
	lanes.flush();
	t.is(letters(), 'abc');
	for (let count = 0; count < 1001; count++) lanes.control('d');
	t.is(letters(), 'abcd');
	lanes.close();
	lanes.flush();
	t.is(letters(), 'abcd');
});
