/** The child program dies, hangs, talks nonsense or cannot be loaded: here that is a failure with a reason, no more. */
import {fork, spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
import test, {type ExecutionContext} from 'ava';
import {Failure} from '../../../source/protocol/failure.js';
import {windowBytes} from '../../../source/transport/ice/ice-carrier.js';
import {IceHost} from '../../../source/transport/ice/ice-host.js';
import {waitUntil} from '../../helpers/wait.js';
import {closed} from '../support/carrier-pairs.js';
import {loopbackHost, noServers, openIcePair, startIcePair} from './support/ice-pairs.js';

const program = (name: string) => fileURLToPath(new URL(`./support/${name}.js`, import.meta.url));

/** Hosts that end with their test. */
function hostsFor(t: ExecutionContext): [IceHost, IceHost] {
	const hosts: [IceHost, IceHost] = [loopbackHost(), loopbackHost()];
	t.teardown(async () => {
		await Promise.all(hosts.map(async (host) => host.close()));
	});
	return hosts;
}

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
	const reason: unknown = await promise.then(
		() => undefined,
		(error: unknown) => error,
	);
	if (!(reason instanceof Failure)) throw new Error('a Failure was expected', {cause: reason});
	return reason;
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch {
		return false;
	}
}

async function isFree(port: number): Promise<boolean> {
	const socket = createSocket('udp4');
	return new Promise((resolve) => {
		socket.once('error', () => resolve(false));
		socket.bind({port, address: '127.0.0.1', exclusive: true}, () => socket.close(() => resolve(true)));
	});
}

test.serial('a hundred starts and stops leave no process, no port and no crash', async (t) => {
	const [pids, ports, lines]: [number[], number[], string[]] = [[], [], []];
	const round = async (isWhole: boolean) => {
		const pair = [loopbackHost({log: (line) => lines.push(line)}), loopbackHost()] as const;
		const described = (sdp: string) => ports.push(Number(/^a=candidate:.* (\d+) typ/m.exec(sdp)?.[1]));
		if (isWhole) await openIcePair(pair);
		else {
			await new Promise<void>((resolve) => {
				const options = {initiator: true, generation: 1, servers: noServers, loopback: true};
				pair[0].connect({...options, described: (sdp) => resolve(void described(sdp))});
			});
		}
		pids.push(...pair.map(({pid}) => pid).filter((pid) => pid !== undefined));
		const startedAt = performance.now();
		await Promise.all(pair.map(async (host) => host.close()));
		t.true(performance.now() - startedAt < 2500);
	};
	// 20 pairs and 60 lone ends are a hundred children.
	for (let turn = 0; turn < 20; turn++) {
		await Promise.all([round(true), round(false), round(false), round(false)]);
	}
	t.is(pids.length, 100);
	t.deepEqual(pids.filter(isAlive), []);
	t.is(ports.length, 60);
	for (const port of ports) t.true(await isFree(port));
	t.deepEqual(lines, []);
});

test.serial('a child that is killed in mid-transfer is a lost carrier, and the next one works', async (t) => {
	const hosts = hostsFor(t);
	const [one, other] = await openIcePair(hosts);
	one.on('error', () => undefined);
	const lost = failureOf(once(other, 'end'));
	const chunk = randomBytes(64 * 1024);
	const fill = () => {
		while (!one.destroyed && one.write(chunk));
	};
	one.on('drain', fill);
	fill();
	await new Promise<void>((resolve) => {
		let bytes = 0;
		other.on('data', (part: Buffer) => (bytes += part.byteLength) > 3_000_000 && resolve());
	});
	process.kill(hosts[1].pid!, 'SIGKILL');
	const failure = await lost;
	t.is(failure.code, 'carrier_lost');
	t.regex(failure.message, /SIGKILL/);
	await closed(other);
	one.destroy();
	const [next] = await openIcePair(hosts);
	t.is(next.route, 'ice-host');
});

test.serial('a child that hangs is ended, and its carriers are lost', async (t) => {
	const hosts = hostsFor(t);
	const [, other] = await openIcePair(hosts);
	const lost = failureOf(once(other, 'end'));
	const pid = hosts[1].pid!;
	process.kill(pid, 'SIGSTOP');
	const failure = await lost;
	t.is(failure.code, 'carrier_lost');
	t.regex(failure.message, /hung/);
	await waitUntil('the child is gone', () => !isAlive(pid));
});

test.serial('a host whose child hangs closes within two seconds', async (t) => {
	const hosts = hostsFor(t);
	const pair = await openIcePair(hosts);
	for (const carrier of pair) carrier.on('error', () => undefined);
	process.kill(hosts[0].pid!, 'SIGSTOP');
	const startedAt = performance.now();
	await hosts[0].close();
	t.true(performance.now() - startedAt < 2500);
	t.true(pair[0].destroyed);
});

test.serial('a child that dies again and again is not started for ever', async (t) => {
	const hosts = hostsFor(t);
	for (let death = 0; death < 5; death++) {
		const [attempt] = startIcePair([hosts[0], hosts[0]]);
		process.kill(hosts[0].pid!, 'SIGKILL');
		t.is((await failureOf(attempt.opened)).code, 'carrier_lost');
	}
	const [attempt] = startIcePair([hosts[0], hosts[0]]);
	t.is((await failureOf(attempt.opened)).code, 'ice_unavailable');
	t.is(hosts[0].pid, undefined);
});

test('a child that talks nonsense is ended', async (t) => {
	const lines: string[] = [];
	const host = loopbackHost({program: program('garbage-program'), log: (line) => lines.push(line)});
	const [attempt] = startIcePair([host, host]);
	const failure = await failureOf(attempt.opened);
	t.is(failure.code, 'carrier_lost');
	t.regex(failure.message, /garbage/);
	t.deepEqual(lines, ['the ICE program sent garbage']);
	await host.close();
});

test('a child that gets nonsense ends by itself', async (t) => {
	const path = new URL('../../../source/transport/ice/ice-child.js', import.meta.url);
	const child = spawn(process.execPath, [fileURLToPath(path)], {
		stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
	});
	const exit = once(child, 'exit');
	const pipe = child.stdio[3];
	if (!pipe || !('write' in pipe)) throw new Error('no pipe');
	pipe.on('error', () => undefined);
	pipe.write(Buffer.alloc(5000, 0xee));
	await exit;
	t.pass();
});

test('a library that cannot be loaded is said once, and nothing is started again', async (t) => {
	const host = loopbackHost({program: program('no-library-program')});
	const [first] = startIcePair([host, host]);
	const failure = await failureOf(first.opened);
	t.is(failure.code, 'ice_unavailable');
	t.is(failure.details['reason'], 'no such module');
	const [second] = startIcePair([host, host]);
	t.is((await failureOf(second.opened)).code, 'ice_unavailable');
	await waitUntil('the child is gone', () => host.pid === undefined);
	await host.close();
});

test('the child dies with its parent', async (t) => {
	const parent = fork(program('doomed-parent'));
	const [pid] = (await once(parent, 'message')) as [number];
	t.true(isAlive(pid));
	parent.kill('SIGKILL');
	await waitUntil('the child is gone', () => !isAlive(pid));
});

test('the child has no terminal, and neither ^C nor its closing end it', async (t) => {
	const hosts = hostsFor(t);
	const [one, other] = await openIcePair(hosts);
	process.kill(hosts[0].pid!, 'SIGINT');
	process.kill(hosts[0].pid!, 'SIGHUP');
	one.write('still here');
	t.is(String((await once(other, 'data'))[0]), 'still here');
});

test('a reader that stops keeps both children small', async (t) => {
	const hosts = hostsFor(t);
	const [one] = await openIcePair(hosts);
	const residentBytes = () =>
		hosts.map(({pid}) => {
			const path = `/proc/${pid}/status`;
			return existsSync(path) ? Number(/VmRSS:\s+(\d+)/.exec(readFileSync(path, 'utf8'))?.[1]) * 1024 : 0;
		});
	const before = residentBytes();
	one.write(randomBytes(64 * 1024 * 1024));
	await waitUntil('the window is used up', () => one.bytesOut >= windowBytes);
	for (let pings = 0; pings < 3; pings++) {
		const [again] = await openIcePair(hosts);
		again.destroy();
	}
	t.true(one.bytesOut < windowBytes + 512 * 1024);
	for (const [index, bytes] of residentBytes().entries()) t.true(bytes - before[index]! < 32 * 1024 * 1024);
});

test('a program that the system does not start is a failure with words, not an exception', async (t) => {
	const host = new IceHost({program: 'not\0a-file'});
	t.teardown(async () => host.close());
	const {opened} = host.connect({
		initiator: true,
		generation: 1,
		servers: noServers,
		loopback: true,
		described: () => undefined,
	});
	const failure = await failureOf(opened);
	t.is(failure.code, 'ice_unavailable');
	t.regex(failure.message, /could not be started/);
});

test('a process that may open no more files loses ICE and nothing else', async (t) => {
	const command = ['-c', 'ulimit -n 64 && exec "$0" "$1"', process.execPath, program('crowded-parent')];
	const parent = spawn('sh', command, {stdio: ['ignore', 'pipe', 'inherit']});
	let said = '';
	parent.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
	const [code] = (await once(parent, 'close')) as [number];
	t.deepEqual([code, said.trim()], [0, 'ice_unavailable']);
});

test.serial('a child with nothing to do ends, and the next attempt has another one', async (t) => {
	const hosts = [loopbackHost({idleMs: 100}), loopbackHost({idleMs: 100})] as const;
	t.teardown(async () => {
		await Promise.all(hosts.map(async (host) => host.close()));
	});
	const first = await openIcePair(hosts);
	const pids = hosts.map(({pid}) => pid!);
	for (const carrier of first) carrier.destroy();
	await waitUntil('both children are gone', () => !pids.some(isAlive));
	t.deepEqual(
		hosts.map(({pid}) => pid),
		[undefined, undefined],
	);
	const [one, other] = await openIcePair(hosts);
	one.write('again');
	t.is(String((await once(other, 'data'))[0]), 'again');
});
