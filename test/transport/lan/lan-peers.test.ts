import test from 'ava';
import {type Announcement} from '../../../source/transport/lan/lan-announcement.js';
import {LanPeers} from '../../../source/transport/lan/lan-peers.js';

const ada: Announcement = {
	peerId: 'a'.repeat(26),
	instance: 'first',
	port: 4001,
	at: 1000,
	addresses: ['192.0.2.1', '2001:db8::1'],
};
const name = 'ada._pulsync._tcp.local';

function createPeers(self?: string) {
	const told: string[] = [];
	let now = 0;
	let asked = 0;
	const peers = new LanPeers({
		self,
		loopback: false,
		now: () => now,
		ask: () => asked++,
		found: ({peerId, instance, addresses}) =>
			told.push(
				`found ${peerId[0]} ${instance} ${addresses.map(({ip, port}) => `${ip} ${port}`).join(', ')}`,
			),
		lost: (peerId) => told.push(`lost ${peerId[0]}`),
	});
	return {
		peers,
		told,
		asked: () => asked,
		expireAt: (at: number) => {
			now = at;
			peers.expire();
		},
	};
}

test('A member is found once, with the address that its packet came from first', (t) => {
	const {peers, told} = createPeers();
	peers.seen(ada, name, '192.0.2.9');
	peers.seen(ada, name, '192.0.2.10');
	peers.seen({...ada, at: 2000}, name, '192.0.2.1');
	t.deepEqual(told, ['found a first 192.0.2.9 4001, 192.0.2.1 4001, 2001:db8::1 4001']);
});

test('It is found again where it restarted, moved, or listens elsewhere', (t) => {
	const {peers, told} = createPeers();
	peers.seen(ada, name, undefined);
	peers.seen({...ada, at: 2000, instance: 'second'}, 'other', undefined);
	peers.seen({...ada, at: 3000, instance: 'second', addresses: ['192.0.2.7']}, 'other', undefined);
	peers.seen(
		{...ada, at: 4000, instance: 'second', addresses: ['192.0.2.7'], port: 4002},
		'other',
		undefined,
	);
	t.deepEqual(told.slice(1), [
		'found a second 192.0.2.1 4001, 2001:db8::1 4001',
		'found a second 192.0.2.7 4001',
		'found a second 192.0.2.7 4002',
	]);
});

test('What a member said before and somebody repeats is not heard', (t) => {
	const {peers, told} = createPeers();
	peers.seen({...ada, at: 2000, instance: 'second'}, name, undefined);
	peers.seen(ada, name, undefined);
	t.is(told.length, 1);
});

test('Nobody finds itself', (t) => {
	const {peers, told} = createPeers(ada.peerId);
	peers.seen(ada, name, undefined);
	t.deepEqual(told, []);
});

test('Only addresses that may be dialled count; without one there is nobody', (t) => {
	const {peers, told} = createPeers();
	peers.own = [{ip: '192.0.2.5', port: 4001}];
	const refused = ['127.0.0.1', '::1', '0.0.0.0', '169.254.1.1', '224.0.0.251', 'fe80::1', '::ffff:10.0.0.1'];
	peers.seen({...ada, addresses: [...refused.slice(0, 6), '192.0.2.5']}, name, '::ffff:10.0.0.1');
	peers.seen({...ada, port: 80}, name, undefined);
	t.deepEqual(told, []);
	peers.seen({...ada, addresses: [...refused, '10.0.0.7']}, name, 'fe80::7%eth0');
	t.deepEqual(told, ['found a first 10.0.0.7 4001']);
});

test('A goodbye in its name is believed only when it does not answer', (t) => {
	const {peers, told, asked, expireAt} = createPeers();
	peers.seen(ada, name, undefined);
	peers.doubt(({fqdn}) => fqdn === 'stranger');
	t.is(asked(), 0);
	peers.doubt(({fqdn}) => fqdn === name);
	peers.doubt(({fqdn}) => fqdn === name);
	t.is(asked(), 1);
	peers.seen(ada, name, undefined);
	expireAt(2000);
	t.is(told.length, 1);
	expireAt(10_000);
	peers.doubt(({fqdn}) => fqdn === name);
	expireAt(11_500);
	t.deepEqual(told.slice(1), ['lost a']);
	peers.seen(ada, name, undefined);
	t.is(told.length, 3);
	peers.close();
});

test('Goodbyes again and again make us ask every five seconds, and what comes before the question is no answer', (t) => {
	const {peers, told, asked, expireAt} = createPeers();
	peers.seen(ada, name, undefined);
	for (let at = 0; at < 4900; at += 100) {
		expireAt(at);
		peers.doubt(() => true);
		peers.seen(ada, name, undefined);
	}
	t.is(asked(), 1);
	t.is(told.length, 1);
	expireAt(6400);
	t.is(told.length, 1);
	expireAt(6500);
	t.deepEqual(told.slice(1), ['lost a']);
	peers.close();
});

test('Two unanswered questions a minute apart mean gone, but our own sleep does not', (t) => {
	const {peers, told, expireAt} = createPeers();
	peers.seen(ada, name, undefined);
	expireAt(149_000);
	t.is(told.length, 1);
	expireAt(149_999);
	peers.excuse();
	expireAt(150_001);
	t.is(told.length, 1);
	expireAt(160_000);
	t.deepEqual(told.slice(1), ['lost a']);
});

test('A network full of members is no reason to hold more than 64', (t) => {
	const {peers, told} = createPeers();
	const letters = 'abcdefghijklmnopqrstuvwxyz234567';
	for (let index = 0; index < 500; index++) {
		const peerId = letters[(index >> 5) & 31]! + letters[index & 31]! + 'a'.repeat(24);
		peers.seen({...ada, peerId}, `${index}`, undefined);
	}
	t.is(told.length, 64);
});

test.serial(
	'Who is asked and does not answer is lost, also where the clock was set back meanwhile',
	async (t) => {
		const wall = Date.now;
		t.teardown(() => {
			Date.now = wall;
		});
		const lost = await new Promise<string>((resolve, reject) => {
			const peers = new LanPeers({loopback: false, ask() {}, found() {}, lost: resolve});
			peers.seen(ada, name, undefined);
			peers.doubt(() => true);
			Date.now = () => wall() - 3_600_000;
			setTimeout(() => {
				peers.close();
				reject(new Error('still there'));
			}, 6000);
		});
		t.is(lost, ada.peerId);
	},
);
