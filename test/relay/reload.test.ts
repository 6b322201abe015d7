import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {connect} from 'node:tls';
import test, {type ExecutionContext} from 'ava';
import {reloadOnChange} from '../../relay/reload.js';
import {startRelay} from '../../relay/start-relay.js';
import {waitUntil} from '../helpers/wait.js';
import {createPeer, createSession, handshake, RawClient} from './raw-client.js';

function folder(t: ExecutionContext): string {
	const made = mkdtempSync(path.join(tmpdir(), 'pulsync-reload-'));
	t.teardown(() => rmSync(made, {recursive: true}));
	return made;
}

/** A promise of the next line of a log. */
function nextLine() {
	let take: (line: readonly [string, object]) => void = () => undefined;
	const line = new Promise<readonly [string, object]>((resolve) => (take = resolve));
	return {line, log: (message: string, facts: object) => take([message, facts])};
}

test.serial(
	'SIGHUP reads the limits again, for sessions that are there too; a wrong file changes nothing',
	async (t) => {
		const limits = path.join(folder(t), 'limits.json');
		const relay = await startRelay({port: 0, host: '127.0.0.1', maxSessions: 7});
		t.teardown(() => relay.close());
		const founder = createPeer();
		const session = createSession(founder);
		const enter = async () => {
			const client = new RawClient(relay.url);
			const {nonce} = await client.message('welcome');
			client.send(handshake('create_session', founder, session, nonce));
			const {relay: facts} = await client.message('session_created');
			return facts;
		};

		t.is((await enter()).max_peers, 32);
		for (const [text, said, most] of [
			['{"max_peers": 5, "max_sessions": 100}', 'read again', 5],
			['{"max_peers": "many"}', 'not read again', 5],
		] as const) {
			writeFileSync(limits, text);
			const {line, log} = nextLine();
			const stop = reloadOnChange(relay, {limits}, log);
			process.emit('SIGHUP');
			t.is((await line)[0], said);
			stop();
			t.is((await enter()).max_peers, most);
		}
	},
);

function hasOpenssl(): boolean {
	try {
		execFileSync('openssl', ['version']);
		return true;
	} catch {
		return false;
	}
}

/** A certificate for this name in the folder, with a key of its own. */
function makeCertificate(made: string, name: string) {
	const [tlsCert, tlsKey] = [path.join(made, 'cert.pem'), path.join(made, 'key.pem')];
	const subject = ['-subj', `/CN=${name}`, '-days', '2', '-keyout', tlsKey, '-out', tlsCert];
	const kind = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
	execFileSync('openssl', [...kind, ...subject], {stdio: 'ignore'});
	return {tlsCert, tlsKey};
}

/** A relay with the certificate of these files, and the name that it shows to who connects. */
async function relayWith(t: ExecutionContext, {tlsCert, tlsKey}: {tlsCert: string; tlsKey: string}) {
	const read = (file: string) => readFileSync(file, 'utf8');
	const certificate = {tlsCert: read(tlsCert), tlsKey: read(tlsKey)};
	const relay = await startRelay({port: 0, host: '127.0.0.1', ...certificate});
	t.teardown(() => relay.close());
	const shown = async () =>
		new Promise<string>((resolve, reject) => {
			const socket = connect({port: relay.port, host: '127.0.0.1', rejectUnauthorized: false}, () => {
				resolve(String(socket.getPeerCertificate().subject.CN));
				socket.destroy();
			});
			socket.on('error', reject);
		});
	return {relay, shown};
}

const certificateTest = hasOpenssl() ? test.serial : test.serial.skip;

certificateTest('a certificate that changes is taken, one that does not fit its key is not', async (t) => {
	const made = folder(t);
	const files = makeCertificate(made, 'first');
	const {relay, shown} = await relayWith(t, files);
	t.is(await shown(), 'first');
	for (const [name, spoil, said, then] of [
		['second', false, 'read again', 'second'],
		['third', true, 'not read again', 'second'],
	] as const) {
		makeCertificate(made, name);
		if (spoil) writeFileSync(files.tlsKey, 'no key');
		const {line, log} = nextLine();
		const stop = reloadOnChange(relay, files, log);
		process.emit('SIGHUP');
		t.is((await line)[0], said);
		stop();
		t.is(await shown(), then);
	}
});

certificateTest(
	'a certificate is taken without a signal where its files change, or a link on the way to them is turned',
	async (t) => {
		const made = folder(t);
		const [first, second] = [path.join(made, 'first'), path.join(made, 'second')];
		for (const each of [first, second]) mkdirSync(each);
		makeCertificate(first, 'first');
		makeCertificate(second, 'by a link');
		const current = path.join(made, 'current');
		symlinkSync(first, current);
		const files = {tlsCert: path.join(current, 'cert.pem'), tlsKey: path.join(current, 'key.pem')};
		const {relay, shown} = await relayWith(t, files);
		const said: string[] = [];
		const stop = reloadOnChange(relay, files, (message) => said.push(message));
		t.teardown(stop);
		const untilShown = async (name: string) => waitUntil(name, async () => (await shown()) === name, 30_000);
		t.is(await shown(), 'first');
		makeCertificate(first, 'by its files');
		await untilShown('by its files');
		symlinkSync(second, `${current}.new`);
		renameSync(`${current}.new`, current);
		await untilShown('by a link');
		t.true(said.includes('read again'));
	},
);
