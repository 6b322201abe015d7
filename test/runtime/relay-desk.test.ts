/** The desk of the one relay connection, at a real relay. */
import {once} from 'node:events';
import {type AddressInfo, createServer, type Socket} from 'node:net';
import test from 'ava';
import {type RelayOptions} from '../../relay/relay-options.js';
import {startRelay} from '../../relay/start-relay.js';
import {type Event} from '../../source/core/event.js';
import {RelayDesk} from '../../source/runtime/relay-desk.js';
import {createIdentity} from '../../source/transport/identity.js';
import {createSecret, deriveSession} from '../../source/transport/session-keys.js';
import {waitUntil} from '../helpers/wait.js';

async function openScene(options: Partial<RelayOptions> = {}) {
	const relay = await startRelay({host: '127.0.0.1', port: 0, ...options});
	const founder = createIdentity();
	const keys = deriveSession({secret: createSecret(), founderPublicKey: founder.publicKey});
	const desks: RelayDesk[] = [];
	const openDesk = (name: string, identity = createIdentity(), urls = [relay.url]) => {
		const events: Event[] = [];
		const desk = new RelayDesk({
			urls,
			identity,
			keys,
			founderKey: founder.publicKey,
			name,
			instance: name,
			ticketReceived: () => {},
			dispatch: (event) => events.push(event),
		});
		desks.push(desk);
		return {desk, events, types: () => events.map(({type}) => type)};
	};
	return {
		relay,
		url: relay.url,
		keys,
		founder,
		openDesk,
		stop: async () => {
			for (const desk of desks) desk.close('over');
			await relay.close();
		},
	};
}

/** An address that takes connections and never says a word. */
async function openHole() {
	const hole = createServer();
	hole.listen(0, '127.0.0.1');
	await once(hole, 'listening');
	const {port} = hole.address() as AddressInfo;
	const dialled = once(hole, 'connection') as Promise<[Socket]>;
	return {hole, holeUrl: `ws://127.0.0.1:${port}/ws`, dialled};
}

test('What the relay says between admission and the loop is kept', async (t) => {
	const {keys, founder, openDesk, stop} = await openScene();
	const ada = openDesk('ada', founder);
	const connection = await ada.desk.connect('create', 1);
	ada.desk.admittedTo(keys, founder.publicKey, 1);
	const bob = openDesk('bob');
	await bob.desk.open(1);
	await waitUntil('Ada hears of Bob', () => ada.types().includes('peer-joined'));
	ada.desk.adopt(1, connection);
	t.deepEqual(ada.types(), ['peer-joined', 'relay-opened']);
	await stop();
});

test('A connection over an address that is gone is reported as closed at once, another attempt does not touch it', async (t) => {
	const {openDesk, founder, stop} = await openScene();
	const ada = openDesk('ada', founder);
	await ada.desk.open(4);
	ada.desk.probe(3, ['127.0.0.1']);
	ada.desk.probe(4, ['192.0.2.1']);
	t.deepEqual(ada.types(), ['relay-opened']);
	ada.desk.probe(4, ['127.0.0.1']);
	t.deepEqual(ada.types(), ['relay-opened', 'relay-closed']);
	t.is(ada.desk.connection, undefined);
	await ada.desk.open(5);
	t.is(ada.types().at(-1), 'relay-opened');
	await stop();
});

test('An attempt under way starts again when the network changes, and answers once', async (t) => {
	const {openDesk, founder, url, stop} = await openScene();
	const {hole, holeUrl, dialled} = await openHole();
	const ada = openDesk('ada', founder, [holeUrl, url]);
	const opening = ada.desk.open(1);
	const [silent] = await dialled;
	const again = once(hole, 'connection') as Promise<[Socket]>;
	ada.desk.probe(1, []);
	await opening;
	t.deepEqual(ada.types(), []);
	(await again)[0].destroy();
	await waitUntil('the second address is tried', () => ada.types().length > 0);
	t.deepEqual(ada.types(), ['relay-opened']);
	silent.destroy();
	hole.close();
	await stop();
});

test('An address that swallows what is sent to it is not waited for, and both of one relay are one connection', async (t) => {
	const {openDesk, founder, url, stop} = await openScene();
	const {hole, holeUrl, dialled} = await openHole();
	const ada = openDesk('ada', founder, [holeUrl, url, url]);
	await ada.desk.open(1);
	t.deepEqual(ada.types(), ['relay-opened']);
	const [silent] = await dialled;
	// Let go of as soon as the other one had won, long before its own time was over.
	if (!silent.destroyed) await once(silent.resume(), 'close');
	t.deepEqual(ada.types(), ['relay-opened']);
	hole.close();
	await stop();
});

test('An attempt that is not needed any more ends with it', async (t) => {
	const {openDesk, founder, stop} = await openScene();
	const ada = openDesk('ada', founder);
	const signal = AbortSignal.abort(new Error('over'));
	await t.throwsAsync(ada.desk.connect('create', 1, signal));
	t.deepEqual(ada.events, []);
	await stop();
});

test('A relay that goes says when to come back, to those who are there and to those who come', async (t) => {
	const {openDesk, founder, relay, stop} = await openScene();
	const ada = openDesk('ada', founder);
	await ada.desk.open(1);
	const drained = relay.drain();
	await waitUntil('Ada is told', () => ada.types().includes('relay-closed'));
	const bob = openDesk('bob', founder);
	await bob.desk.open(1);
	for (const event of [ada.events.at(-1), bob.events.at(-1)]) {
		t.true(event?.type === 'relay-closed' || event?.type === 'relay-failed');
		if (event?.type !== 'relay-closed' && event?.type !== 'relay-failed') continue;
		t.is(event.code, 'shutting_down');
		t.true((event.retryAfterMs ?? 0) >= 500 && (event.retryAfterMs ?? 0) <= 5000, String(event.retryAfterMs));
	}
	await drained;
	await stop();
});

test('A member that finds its session full is told when to come back', async (t) => {
	const {openDesk, founder, stop} = await openScene({maxPeers: 2});
	await openDesk('ada', founder).desk.open(1);
	await openDesk('bob').desk.open(1);
	const cleo = openDesk('cleo');
	await cleo.desk.open(1);
	const [event] = cleo.events;
	t.like(event, {type: 'relay-failed', code: 'session_full', final: false});
	const waitMs = event?.type === 'relay-failed' ? event.retryAfterMs : undefined;
	t.true(waitMs !== undefined && waitMs >= 500 && waitMs <= 5000, String(waitMs));
	await stop();
});
