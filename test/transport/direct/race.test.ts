/** Who is chosen among the connections of an attempt. */
import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {type Route} from '../../../source/protocol/tiers.js';
import {type Contender, Race} from '../../../source/transport/direct/race.js';

function enter(race: Race, route: Route, order: string[]): Contender {
	const contender = race.enter(route);
	contender.chosen().then(
		() => order.push(route),
		(error: unknown) => order.push(`${route} ${error instanceof Failure ? error.message : 'failed'}`),
	);
	return contender;
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

test('TCP is taken at once, and when it fails the next one that waits', async (t) => {
	const order: string[] = [];
	const race = new Race(() => true);
	enter(race, 'ice-srflx', order);
	const lan = enter(race, 'tcp-lan', order);
	enter(race, 'tcp-punched', order);
	await settle();
	t.deepEqual(order, ['tcp-lan']);
	lan.leave();
	await settle();
	t.deepEqual(order, ['tcp-lan', 'tcp-punched']);
	race.close();
	await settle();
	t.deepEqual(order, ['tcp-lan', 'tcp-punched', 'ice-srflx not needed']);
});

test('ICE is taken at once where no TCP route runs, and as soon as the last one has failed', async (t) => {
	const order: string[] = [];
	let isTcpRunning = true;
	const race = new Race(() => isTcpRunning);
	enter(race, 'ice-host', order);
	await settle();
	t.deepEqual(order, []);
	isTcpRunning = false;
	race.review();
	await settle();
	t.deepEqual(order, ['ice-host']);
	race.close();
});

test('ICE does not wait for ever for TCP', async (t) => {
	const race = new Race(() => true);
	const startedAt = performance.now();
	await race.enter('ice-turn').chosen();
	t.true(performance.now() - startedAt < 5000);
	race.close();
});

test('whoever comes when the race is over is told so', async (t) => {
	const order: string[] = [];
	const race = new Race(() => true);
	enter(race, 'tcp-lan', order);
	race.close();
	enter(race, 'tcp-lan', order);
	enter(race, 'ice-host', order);
	await settle();
	t.deepEqual(order, ['tcp-lan', 'tcp-lan not needed', 'ice-host not needed']);
});
