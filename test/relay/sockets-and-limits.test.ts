/** How many sockets a relay takes follows its limits, also while it runs. */
import net from 'node:net';
import test from 'ava';
import {startRelay} from '../../relay/start-relay.js';
import {waitUntil} from '../helpers/wait.js';
import {scrape, valueIn} from './scrape.js';

test('a relay whose connections are all taken counts who is turned away, and takes more when its limits are raised', async (t) => {
	const host = '127.0.0.1';
	const few = {maxSessions: 1, maxPeers: 2};
	const relay = await startRelay({port: 0, host, limits: few, monitor: {host, port: 0}});
	t.teardown(() => relay.close());
	const port = relay.monitorPort ?? 0;
	const turnedAway = async () =>
		valueIn(await scrape({port}), 'turned_away_total', {reason: 'too_many_sockets'});
	const isReady = async () =>
		fetch(`http://${host}:${relay.port}/readyz`).then(
			({ok}) => ok,
			() => false,
		);
	t.is(await turnedAway(), 0);
	const open: net.Socket[] = [];
	const connect = async () => {
		const socket = net.connect(relay.port, host).on('error', () => undefined);
		open.push(socket);
		await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
	};

	// Who says nothing is closed after some seconds: there are always some that come.
	await waitUntil('somebody to be turned away, and no room for a probe either', async () => {
		await Promise.all(Array.from({length: 100}, connect));
		return (await turnedAway()) > 0 && !(await isReady());
	});
	relay.setLimits({maxSessions: 100});
	t.true(await isReady());
	for (const socket of open) socket.destroy();
});
