import test from 'ava';
import {directHeartbeat, Heartbeat, relayHeartbeat} from '../../source/transport/heartbeat.js';

function createHeartbeat(
	times: {periodMs: number; deadMs: number} = relayHeartbeat,
	isWaiting?: () => boolean,
) {
	const told: string[] = [];
	const lookMs = times.periodMs / 4;
	let now = 0;
	const heartbeat = new Heartbeat({
		...times,
		isWaiting,
		now: () => now,
		ping: () => told.push(`ping ${now}`),
		dead: () => told.push(`dead ${now}`),
	});
	return {
		heartbeat,
		told,
		/** Lets time pass with all looks in between, until it is dead. */
		runTo: (at: number) => {
			while (now + lookMs <= at && !told.at(-1)?.startsWith('dead')) {
				now += lookMs;
				heartbeat.tick();
			}
		},
		/** A look that comes only now. */
		sleepTo: (at: number) => {
			now = at;
			heartbeat.tick();
		},
	};
}

test('It pings every period while something comes', (t) => {
	const {heartbeat, told, runTo} = createHeartbeat();
	for (const at of [5000, 10_000, 15_000, 20_000]) {
		runTo(at);
		heartbeat.heard();
	}
	t.deepEqual(told, ['ping 5000', 'ping 10000', 'ping 15000', 'ping 20000']);
});

test('Three periods of silence mean dead', (t) => {
	const {told, runTo} = createHeartbeat();
	runTo(60_000);
	t.deepEqual(told, ['ping 5000', 'ping 10000', 'dead 15000']);
});

test('A direct path is found dead at most half a second after its six seconds, whenever it was heard last', (t) => {
	for (const heardAt of [500, 1000, 1500, 2000]) {
		const {heartbeat, told, runTo} = createHeartbeat(directHeartbeat);
		runTo(heardAt);
		heartbeat.heard();
		runTo(60_000);
		t.is(told.at(-1), `dead ${heardAt + 6000}`);
	}
});

test('A timer of our own that comes late gives one fresh period, and only one', (t) => {
	const {told, runTo, sleepTo} = createHeartbeat();
	runTo(5000);
	sleepTo(65_000);
	t.deepEqual(told, ['ping 5000', 'ping 65000']);
	runTo(80_000);
	t.is(told.at(-1), 'dead 70000');
});

test('Whatever comes in the fresh period keeps it alive', (t) => {
	const {heartbeat, told, runTo, sleepTo} = createHeartbeat();
	sleepTo(65_000);
	heartbeat.heard();
	runTo(70_000);
	t.is(told.at(-1), 'ping 70000');
});

test('A busy loop that makes a look a little late is no sleep', (t) => {
	const {told, sleepTo} = createHeartbeat(directHeartbeat);
	for (let at = 0; at < 6000; at += 1500) sleepTo(at + 1500);
	t.is(told.at(-1), 'dead 6000');
});

test('While we read nothing by our own wish the other side is not dead', (t) => {
	let isWaiting = true;
	const {told, runTo} = createHeartbeat(directHeartbeat, () => isWaiting);
	runTo(20_000);
	t.false(told.some((line) => line.startsWith('dead')));
	t.true(told.includes('ping 20000'));
	isWaiting = false;
	runTo(30_000);
	t.is(told.at(-1), 'dead 26000');
});
