import test from 'ava';
import {Heartbeat, relayHeartbeat} from '../../source/transport/heartbeat.js';

function createHeartbeat() {
	const told: string[] = [];
	let now = 0;
	const heartbeat = new Heartbeat({
		...relayHeartbeat,
		now: () => now,
		ping: () => told.push(`ping ${now}`),
		dead: () => told.push(`dead ${now}`),
	});
	return {
		heartbeat,
		told,
		tickAt: (at: number) => {
			now = at;
			heartbeat.tick();
		},
	};
}

test('It pings every period while something comes', (t) => {
	const {heartbeat, told, tickAt} = createHeartbeat();
	for (const at of [5000, 10_000, 15_000, 20_000]) {
		tickAt(at);
		heartbeat.heard();
	}
	t.deepEqual(told, ['ping 5000', 'ping 10000', 'ping 15000', 'ping 20000']);
});

test('Three periods of silence mean dead', (t) => {
	const {told, tickAt} = createHeartbeat();
	for (const at of [5000, 10_000, 15_000]) tickAt(at);
	t.deepEqual(told, ['ping 5000', 'ping 10000', 'dead 15000']);
});

test('A timer of our own that comes late gives one fresh period, and only one', (t) => {
	const {told, tickAt} = createHeartbeat();
	tickAt(5000);
	tickAt(65_000); // slept for a minute
	t.deepEqual(told, ['ping 5000', 'ping 65000']);
	tickAt(70_000);
	t.is(told.at(-1), 'dead 70000');
});

test('Whatever comes in the fresh period keeps it alive', (t) => {
	const {heartbeat, told, tickAt} = createHeartbeat();
	tickAt(65_000);
	heartbeat.heard();
	tickAt(70_000);
	t.is(told.at(-1), 'ping 70000');
});
