import test from 'ava';
import {type Meter, Outbox, type Outgoing} from '../../relay/outbox.js';
import {
	maxBufferedBytes,
	maxDataBytes,
	maxFrameBytes,
	startWindowBytes,
} from '../../source/protocol/limits.js';

/** A socket that takes everything and sends nothing until told to. */
class StalledSink {
	readonly written: string[] = [];
	readonly #done: Array<() => void> = [];
	#buffered = 0;

	write({bytes}: Outgoing, done: () => void): void {
		this.written.push(String.fromCharCode(bytes[0] ?? 0));
		this.#buffered += bytes.length;
		this.#done.push(done);
	}

	bufferedBytes(): number {
		return this.#buffered;
	}

	drain(): void {
		this.#buffered = 0;
		for (const done of this.#done.splice(0)) done();
	}
}

const meterOf = (maxWaitingBytes = 1e9): Meter => ({
	waitingBytes: 0,
	maxWaitingBytes,
	mostWaitingBytes: 1e9,
});
const message = (letter: string, bytes = 1): Outgoing => ({
	bytes: Buffer.alloc(bytes, letter),
	binary: false,
});
const full = message('-', maxBufferedBytes);

test('what comes while nothing waits is handed over at once', (t) => {
	const sink = new StalledSink();
	const outbox = new Outbox(sink, 1e6, meterOf());
	for (const letter of 'abc') outbox.push('x', message(letter));
	t.deepEqual(sink.written, ['a', 'b', 'c']);
});

test('control goes before bulk, and the bulk of each source in turn', (t) => {
	const sink = new StalledSink();
	const outbox = new Outbox(sink, 1e7, meterOf());
	outbox.push('x', full);
	for (const letter of 'abc') outbox.push('x', message(letter));
	for (const letter of 'de') outbox.push('y', message(letter));
	outbox.push('z', message('f'));
	outbox.push('control', message('1'));
	outbox.push('control', message('2'));
	t.deepEqual(sink.written, ['-']);
	sink.drain();
	t.deepEqual(sink.written.join(''), '-12adfbec');
});

test('only so much is handed to the socket that the order can still change', (t) => {
	const sink = new StalledSink();
	const outbox = new Outbox(sink, 1e7, meterOf());
	for (let index = 0; index < 20; index++) outbox.push('x', message('a', maxBufferedBytes / 4));
	t.is(sink.written.length, 4);
	sink.drain();
	t.is(sink.written.length, 8);
});

test('what does not fit is refused, and many small messages do not fit either', (t) => {
	const outbox = new Outbox(new StalledSink(), 2 * maxBufferedBytes, meterOf());
	t.true(outbox.push('x', full));
	t.true(outbox.push('x', message('a', maxBufferedBytes - 1000)));
	t.false(outbox.push('control', message('b', 1000)));
	let pushed = 0;
	while (outbox.push('control', message('c', 0))) pushed++;
	t.true(pushed < 20);
});

test('when all outboxes together hold too much, each has its fair share only', (t) => {
	const meter = meterOf(3 * 1024 * 1024);
	const greedy = new Outbox(new StalledSink(), 1e8, meter);
	while (greedy.push('x', message('a', 64 * 1024)));
	t.true(meter.waitingBytes <= meter.maxWaitingBytes);
	const modest = new Outbox(new StalledSink(), 1e8, meter);
	t.true(modest.push('x', message('b', 64 * 1024)));
	t.false(greedy.push('x', message('b', 64 * 1024)));
});

test('when all together hold too much, what a tunnel begins with still fits', (t) => {
	const meter = meterOf(3 * 1024 * 1024);
	const greedy = new Outbox(new StalledSink(), 1e8, meter);
	while (greedy.push('x', message('a', 64 * 1024)));
	const modest = new Outbox(new StalledSink(), 1e8, meter);
	for (let sent = 0; sent < startWindowBytes; sent += maxDataBytes) {
		t.true(modest.push('x', message('b', maxFrameBytes)), `after ${sent} bytes`);
	}
});

test('what a destination has taken is what was written and is no longer held', (t) => {
	const sink = new StalledSink();
	const outbox = new Outbox(sink, 1e7, meterOf());
	outbox.push('x', full);
	outbox.push('x', message('a', 1000));
	t.is(outbox.takenBytes, 0);
	sink.drain();
	t.is(outbox.takenBytes, maxBufferedBytes);
	sink.drain();
	t.is(outbox.takenBytes, maxBufferedBytes + 1000);
});

test('an outbox that is cleared or flushed counts no more', (t) => {
	const meter = meterOf();
	const sink = new StalledSink();
	const outbox = new Outbox(sink, 1e7, meter);
	outbox.push('x', full);
	outbox.push('x', message('a'));
	outbox.push('control', message('b'));
	t.true(meter.waitingBytes > 0);
	outbox.flush();
	t.deepEqual(sink.written, ['-', 'b', 'a']);
	t.is(meter.waitingBytes, 0);
	outbox.push('x', message('c'));
	outbox.clear();
	sink.drain();
	t.is(meter.waitingBytes, 0);
	t.deepEqual(sink.written, ['-', 'b', 'a']);
});
