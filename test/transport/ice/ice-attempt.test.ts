/** Attempts that find no peer, or the wrong one, or nonsense in place of its description. */
import test from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {type IceAttempt, type IceConnectOptions} from '../../../source/transport/ice/ice-host.js';
import {loopbackHost, noServers, startIcePair} from './support/ice-pairs.js';

const hosts = [loopbackHost(), loopbackHost()] as const;
test.after.always(async () => {
	await Promise.all(hosts.map(async (host) => host.close()));
});

function connect(own: 0 | 1, options: Partial<IceConnectOptions> = {}): IceAttempt {
	return hosts[own].connect({
		initiator: own === 0,
		generation: 7,
		servers: noServers,
		loopback: true,
		described: () => undefined,
		...options,
	});
}

test('without an answer an attempt ends at its deadline, and says what was missing', async (t) => {
	const {opened} = connect(0, {
		timeoutMs: 300,
		servers: {stun: ['stun:127.0.0.1:9'], turn: []},
	});
	const failure = await t.throwsAsync(opened, {instanceOf: Failure, code: 'ice_failed'});
	t.is(failure?.message, 'the peer did not answer; no STUN server answered');
});

test('a signal ends an attempt with its own reason', async (t) => {
	const controller = new AbortController();
	const {opened} = connect(0, {signal: controller.signal});
	controller.abort(new Failure('pinned'));
	await t.throwsAsync(opened, {instanceOf: Failure, code: 'pinned'});
	const late = connect(0, {signal: controller.signal});
	await t.throwsAsync(late.opened, {instanceOf: Failure, code: 'pinned'});
});

test('a closed attempt describes nothing any more', async (t) => {
	const attempt = connect(0, {described: () => t.fail()});
	attempt.close();
	attempt.remote('v=0');
	await t.throwsAsync(attempt.opened, {instanceOf: Failure, code: 'closed'});
});

test('nonsense in place of a description is dropped, and the right one still opens', async (t) => {
	const attempts = startIcePair(hosts);
	for (const attempt of attempts) {
		for (const text of ['', 'nonsense', 'v=0\r\na=ice-ufrag:\r\n', 'x'.repeat(100_000)]) attempt.remote(text);
	}
	const carriers = await Promise.all(attempts.map(async ({opened}) => opened));
	for (const carrier of carriers) carrier.destroy();
	t.pass();
});

test('a description that the library refuses ends the attempt with its words', async (t) => {
	const attempt = connect(1);
	attempt.remote('v=0\r\na=ice-ufrag:abcd\r\na=setup:everything\r\n');
	const failure = await t.throwsAsync(attempt.opened, {instanceOf: Failure, code: 'ice_failed'});
	t.true((failure?.message.length ?? 0) > 10);
});

test('a peer of another attempt is not taken', async (t) => {
	const attempts: IceAttempt[] = [];
	attempts.push(
		connect(0, {generation: 7, described: (sdp) => attempts[1]?.remote(sdp)}),
		connect(1, {generation: 8, described: (sdp) => attempts[0]?.remote(sdp)}),
	);
	for (const {opened} of attempts) await t.throwsAsync(opened, {instanceOf: Failure, code: 'ice_failed'});
});

test('an answer that was meant for somebody else opens nothing', async (t) => {
	const [meant, other] = [connect(0, {timeoutMs: 1500}), connect(0, {timeoutMs: 1500})];
	let offer = '';
	const answerer = connect(1, {timeoutMs: 1500, described: (sdp) => other.remote(sdp)});
	const offering = connect(0, {timeoutMs: 1500, described: (sdp) => answerer.remote((offer = sdp))});
	for (const {opened} of [meant, other, answerer, offering]) {
		await t.throwsAsync(opened, {instanceOf: Failure, code: 'ice_failed'});
	}
	t.not(offer, '');
});
