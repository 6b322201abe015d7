import fc from 'fast-check';
import test from 'ava';
import {Account} from '../../relay/account.js';
import {withDefaults} from '../../relay/relay-limits.js';
import {type MessageRates, SendPace} from '../../source/transport/send-pace.js';

const none: MessageRates = {connection: 0, session: 0, address: 0, relay: 0};
const text = 'text';
const frame = new Uint8Array(1);

function paceAt(rates: Partial<MessageRates> | undefined, members = 1) {
	const clock = {now: 0};
	const pace = new SendPace(rates && {...none, ...rates}, members, () => clock.now);
	/** What of one kind leaves within so many seconds, as soon as it may. */
	const run = (seconds: number, message: string | Uint8Array = text) => {
		const end = clock.now + seconds * 1000;
		for (let count = 0; ; count++) {
			const waitMs = pace.waitMs('bulk');
			if (clock.now + waitMs > end) return (clock.now = end) && count;
			clock.now += waitMs;
			pace.spend(message);
		}
	};
	return {clock, pace, run};
}

test('Without a limit nothing ever waits, and a relay of an earlier version tells none', (t) => {
	for (const rates of [undefined, {}]) {
		const {pace} = paceAt(rates);
		for (let count = 0; count < 100_000; count++) pace.spend(text);
		t.is(pace.waitMs('bulk'), 0);
	}
});

for (const [rates, members, rate] of [
	[{connection: 100}, 9, 95],
	[{connection: 100, session: 100}, 1, 95],
	[{connection: 1000, session: 100}, 5, 19],
	[{connection: 100, address: 100}, 1, 45],
	[{connection: 100, relay: 1000}, 1, 95],
	[{relay: 20}, 3, 9],
	[{session: 4}, 32, 0.4],
] as const)
	test(`Of ${JSON.stringify(rates)} one of ${members} sends ${rate} texts a second, or ten times as many frames`, (t) => {
		for (const [message, factor] of [
			[text, 1],
			[frame, 10],
		] as const) {
			const {run} = paceAt(rates, members);
			run(10, message);
			const count = run(100, message);
			t.true(Math.abs(count / 100 / rate / factor - 1) < 0.01, String(count));
		}
	});

test('The default limits let more through than any machine sends', (t) => {
	const {messagesPerSecond} = withDefaults();
	for (const members of [2, 4]) {
		const {run} = paceAt(messagesPerSecond, members);
		run(1);
		t.true(run(10) >= 10 * 4700);
	}
});

test('What is urgent finds room while bulk waits, and bulk waits until that room is there again', (t) => {
	const {pace, run, clock} = paceAt({connection: 100});
	run(10);
	clock.now += 1;
	t.true(pace.waitMs('bulk') > 0);
	for (let count = 0; count < 10; count++) {
		t.is(pace.waitMs('control'), 0);
		pace.spend(text);
	}
	t.true(pace.waitMs('bulk') > 100);
});

test('Who comes into the session takes a share of its limit, and gives it back', (t) => {
	const {pace, run} = paceAt({session: 100}, 1);
	run(10);
	pace.members = 5;
	run(10);
	t.true(Math.abs(run(100) / 1900 - 1) < 0.01);
	pace.members = 1;
	run(10);
	t.true(Math.abs(run(100) / 9500 - 1) < 0.01);
});

test('Other limits hold as soon as they are told, and end what was learnt from refusals', (t) => {
	const {pace, run} = paceAt(undefined);
	const rates = {...none, connection: 100};
	pace.told = rates;
	run(10);
	t.true(Math.abs(run(100) / 9500 - 1) < 0.01);
	for (let times = 0; times < 5; times++) pace.refused(1);
	pace.told = {...rates, connection: 40};
	run(10);
	t.true(Math.abs(run(100) / 3800 - 1) < 0.01);
	pace.told = none;
	t.is(pace.waitMs('bulk'), 0);
	for (let count = 0; count < 1000; count++) pace.spend(text);
	pace.told = rates;
	t.is(pace.waitMs('bulk'), 0);
});

test('A refusal is waited for, by what is urgent for a second at most, and slows down for some minutes', (t) => {
	const {pace, run, clock} = paceAt({connection: 1000});
	run(10);
	pace.refused(3000);
	t.is(pace.waitMs('bulk'), 3000);
	t.is(pace.waitMs('control'), 1000);
	clock.now += 3000;
	run(10);
	const slowed = run(10) / 10;
	t.true(slowed > 475 && slowed < 700, String(slowed));
	clock.now += 60_000;
	run(10);
	t.is(Math.round(run(10) / 100), 95);
});

test('Who was refused does not come back with all that it could have sent meanwhile', (t) => {
	const {pace, run} = paceAt({connection: 1000});
	pace.refused(1000);
	t.true(run(1.05) < 30);
	t.true(run(1) > 380);
});

test('Refusals again and again make it slow and never stop it, and no wait is longer than an hour', (t) => {
	const {pace, run, clock} = paceAt({connection: 1000});
	for (let times = 0; times < 100; times++) {
		pace.refused(1000);
		clock.now += 1000;
	}
	const count = run(100);
	t.true(count >= 40, String(count));
	pace.refused(Number.MAX_SAFE_INTEGER);
	t.is(pace.waitMs('bulk'), 3_600_000);
	t.is(pace.waitMs('control'), 1000);
});

test('A relay that refuses without having told a limit is waited for', (t) => {
	const {pace, clock} = paceAt(undefined);
	pace.refused(500);
	t.is(pace.waitMs('bulk'), 500);
	clock.now += 500;
	t.is(pace.waitMs('bulk'), 0);
});

test('A relay that counts refuses nothing of who keeps the pace, whatever is sent when, and though the network holds it up', (t) => {
	const step = fc.record({
		haste: fc.constantFrom('control' as const, 'bulk' as const),
		message: fc.constantFrom(text, frame),
		idleMs: fc.oneof({weight: 9, arbitrary: fc.constant(0)}, fc.nat(3000)),
	});
	fc.assert(
		fc.property(
			fc.integer({min: 1, max: 200}),
			fc.nat(900),
			fc.array(step, {maxLength: 600}),
			(rate, heldUpMs, steps) => {
				const {clock, pace} = paceAt({connection: rate});
				const account = new Account(
					'connection',
					() => withDefaults({messagesPerSecond: {connection: rate}}),
					0,
				);
				account.trySend(1, 0); // the handshake
				// All arrives late, in heaps: whatever was sent within such a time comes at its end.
				for (const {haste, message, idleMs} of steps) {
					clock.now += idleMs;
					clock.now += pace.waitMs(haste);
					pace.spend(message);
					const heap = rate < 10 ? 1 : heldUpMs + 1;
					const arrivesAt = Math.ceil(clock.now / heap) * heap;
					if (!account.trySend(message === text ? 1 : 0.1, arrivesAt)) return false;
				}
				return true;
			},
		),
	);
	t.pass();
});
