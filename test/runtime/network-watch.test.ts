import test from 'ava';
import {type NetworkChange, watchNetwork} from '../../source/runtime/network-watch.js';

function createWatch(addresses: readonly string[]) {
	const told: NetworkChange[] = [];
	let now = 1_000_000;
	let current = addresses;
	const watch = watchNetwork({
		changed: (change) => told.push(change),
		addresses: () => current,
		now: () => now,
	});
	return {
		told,
		close: () => watch.close(),
		look: (laterMs: number, others = current) => {
			now += laterMs;
			current = others;
			watch.look();
		},
	};
}

test('The same addresses in another order are no change', (t) => {
	const {told, look, close} = createWatch(['192.0.2.1', '2001:db8::1']);
	look(1000);
	look(1000, ['2001:db8::1', '192.0.2.1']);
	t.deepEqual(told, []);
	close();
});

test('A change tells the addresses that are gone, and whether any are left', (t) => {
	const {told, look, close} = createWatch(['192.0.2.1', '2001:db8::1']);
	look(1000, ['192.0.2.1', '2001:db8::1', '198.51.100.1']);
	look(1000, ['198.51.100.2', '192.0.2.1']);
	look(1000, []);
	t.deepEqual(told, [
		{cause: 'addresses', gone: [], hasNetwork: true},
		{cause: 'addresses', gone: ['2001:db8::1', '198.51.100.1'], hasNetwork: true},
		{cause: 'addresses', gone: ['198.51.100.2', '192.0.2.1'], hasNetwork: false},
	]);
	close();
});

test('A look that comes more than ten seconds late means that we slept', (t) => {
	const {told, look, close} = createWatch(['192.0.2.1']);
	look(10_000);
	t.deepEqual(told, []);
	look(60_000);
	t.deepEqual(told, [{cause: 'wake', gone: []}]);
	close();
});

test('Who wakes somewhere else is told of the addresses, once', (t) => {
	const {told, look, close} = createWatch(['192.0.2.1']);
	look(3_600_000, ['198.51.100.1']);
	t.deepEqual(told, [{cause: 'addresses', gone: ['192.0.2.1'], hasNetwork: true}]);
	close();
});

test('A clock that is set back is no sleep, and hides none', (t) => {
	const {told, look, close} = createWatch(['192.0.2.1']);
	look(60_000);
	look(-7_200_000);
	look(1000);
	look(60_000);
	t.is(told.length, 2);
	close();
});
