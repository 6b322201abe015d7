import test from 'ava';
import {
	type CandidatePair,
	type IceRoute,
	routeOf,
	worseRoute,
} from '../../../source/transport/ice/ice-route.js';

const local = [
	'v=0',
	'a=candidate:1 1 UDP 2122317823 10.0.0.2 4000 typ host',
	'a=candidate:2 1 UDP 1686109951 192.0.2.2 4000 typ srflx raddr 0.0.0.0 rport 0',
].join('\r\n');
const remote = [
	'v=0',
	'a=candidate:1 1 UDP 2122317823 10.0.0.3 5000 typ host',
	'a=candidate:3 1 UDP 5000 192.0.2.9 6000 typ relay raddr 0.0.0.0 rport 0',
].join('\r\n');

const end = (type: string, address: string, port: number) => ({type, address, port});
const ours = end('host', '10.0.0.2', 4000);

const rows: ReadonlyArray<[what: string, pair: CandidatePair, route: IceRoute]> = [
	['two hosts', {local: ours, remote: end('host', '10.0.0.3', 5000)}, 'ice-host'],
	['a host and a mapped address', {local: ours, remote: end('srflx', '192.0.2.3', 5000)}, 'ice-srflx'],
	['an address that nobody described', {local: ours, remote: end('prflx', '192.0.2.3', 5001)}, 'ice-srflx'],
	['a host met before it was described', {local: ours, remote: end('prflx', '10.0.0.3', 5000)}, 'ice-host'],
	['a relay met before it was described', {local: ours, remote: end('prflx', '192.0.2.9', 6000)}, 'ice-turn'],
	['a relay', {local: ours, remote: end('relay', '192.0.2.9', 6000)}, 'ice-turn'],
	['our own relay', {local: end('relay', '192.0.2.8', 1), remote: end('prflx', '192.0.2.3', 2)}, 'ice-turn'],
	['a name in other letters', {local: end('Relayed', '192.0.2.8', 1), remote: ours}, 'ice-turn'],
];

for (const [what, pair, route] of rows) {
	test(`${what}: ${route}`, (t) => {
		t.is(routeOf(pair, {local, remote}), route);
	});
}

test('both ends take the worse of what each sees', (t) => {
	t.is(worseRoute('ice-host', 'ice-srflx'), 'ice-srflx');
	t.is(worseRoute('ice-turn', 'ice-host'), 'ice-turn');
	t.is(worseRoute('ice-host', 'ice-host'), 'ice-host');
});
